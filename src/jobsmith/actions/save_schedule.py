"""Make a schedule, edit when it is due, pause it, resume it, and run it at once."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.conf import conf
from jobsmith.errors import InputsRefused, JobNotInstalled, NoDryRun, ScheduleRefused
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import DueTime, Job, JobQueue, ScheduledJob
from jobsmith.policies import Actor
from jobsmith.recurrence import due_times

from .ask_approval import ask_anew, ask_if_needed
from .enqueue_job import (
    Accepted,
    RunOptions,
    enqueue_job,
    may_run,
    queue_of,
    require_worker,
    split_inputs,
)
from .pacing import calendars_of, keep_to
from .priority import refuse_priority
from .run_form import json_run_form
from .stale import Seen, refuse_stale
from .timing import Timing, end_told, rule_of
from .transactions import changes, database_now, held

SENSITIVE = "Unable to schedule job: Job may have sensitive input variables"
TAKEN = "A schedule with this name exists already."
NO_FILES = "A file cannot be scheduled."
NOT_DUE = "It is not due any more, so there is nothing to skip."
OVER = "It is over. Make a new schedule."

EDITED = "It was edited, so it waits for approval anew."
AT_ONCE = "It was asked for at once, so it has no times. Make a schedule of the job instead."
NOT_ON = "It is not approved, so it is not on. Take its request back instead."
WAITS = "It is not approved, so it cannot be switched on."

State = ScheduledJob.State
PLAIN = (
    *("name", "interval", "misfire", "overlap", "pause_after_failures"),
    *("jitter_seconds", "blackout"),
)
UNAPPROVED = (State.PENDING, State.DENIED, State.CANCELED)


def save_schedule(
    job: Job,
    *,
    user: Actor,
    inputs: CleanInputs,
    timing: Timing,
    queue: str = "",
    priority: int = 0,
) -> ScheduledJob:
    """Have the job run with these inputs in the user's name, whenever the timing says.

    What needs approval waits for it and is not due until then. Raises NotAllowed, JobDisabled,
    JobNotInstalled, QueueRefused, PriorityRefused, NoWorker, ScheduleRefused, InputsRefused or
    Busy.
    """
    may_run(job, user)
    refuse_priority(job, user, priority)
    where = queue_of(job, queue)
    require_worker(where)
    plain, secret = inputs_to_keep(job, inputs)
    schedule = ScheduledJob(
        id=uuid.uuid4(),
        task=job.class_path,
        job_model=job,
        kwargs=plain,
        sealed_kwargs=seal(secret) if secret else "",
        celery_kwargs=_celery_kwargs(job, where),
        job_queue=where,
        priority=priority,
        user_id=user.pk,
        description=f"Job {timing.name} scheduled by {user.get_username()} for {timing.rule.start}",
    )
    _set_timing(schedule, timing)
    calendars = calendars_of(timing.blackout_calendars, user)
    with changes():
        _save(schedule)
        schedule.blackout_calendars.set(calendars)
        ask_if_needed(schedule, user=user)
        note_change(schedule, user=user, related=job)
    return schedule


def retime_schedule(
    schedule: ScheduledJob, *, user: Actor, timing: Timing, seen: Seen | None = None
) -> ScheduledJob:
    """Change its name and when it is due, from now on: an edit never makes it due at once.

    Where it needs approval, it waits for that anew.
    Raises NotAllowed, NotFound, ScheduleRefused or Busy, and ChangedMeanwhile when it no longer
    holds what its editor has ``seen``.
    """
    policies.require_on(user, "change", schedule)
    with changes():
        locked = held(schedule)
        refuse_stale(locked, seen, user)
        if locked.asked:
            raise ScheduleRefused({"interval": [AT_ONCE]})
        before = snapshot(locked)
        _set_timing(locked, timing)
        if not locked.enabled:
            locked.next_due_at = None
        if locked.state == State.COMPLETED:
            _switch_on(locked)
        begin_anew(locked)
        _save(locked)
        keep_to(locked, timing.blackout_calendars, user)
        ask_anew(locked, user=user, why=EDITED)
        policies.require_still(user, "change", locked)
        note_change(locked, user=user, before=before)
    return locked


def pause_schedule(schedule: ScheduledJob, *, user: Actor) -> ScheduledJob:
    """Switch it off until it is resumed; due times of the pause are nobody's.

    Raises NotAllowed, NotFound, ScheduleRefused (it waits for approval) or Busy.
    """
    policies.require_on(user, "change", schedule)
    with changes():
        locked = held(schedule)
        if locked.state in UNAPPROVED:
            raise ScheduleRefused({"state": [NOT_ON]})
        if not locked.enabled:
            return locked
        before = snapshot(locked)
        locked.enabled, locked.next_due_at = False, None
        locked.state_reason = f"Paused by {user.get_username()}."[:200]
        locked.save()
        note_change(locked, user=user, before=before)
    return locked


def resume_schedule(schedule: ScheduledJob, *, user: Actor) -> ScheduledJob:
    """Switch it on again: it is due next at its first due time from now on.

    Raises NotAllowed, NotFound, ScheduleRefused (nothing is due any more, or its job is gone) or
    Busy.
    """
    policies.require_on(user, "change", schedule)
    with changes():
        locked = held(schedule)
        before = snapshot(locked)
        if locked.state in UNAPPROVED:
            raise ScheduleRefused({"state": [WAITS]})
        arm(locked)
        if locked.job_model is None or locked.next_due_at is None:
            raise ScheduleRefused({"start_time": [OVER]})
        locked.enabled, locked.state, locked.state_reason = True, State.ACTIVE, ""
        locked.save()
        note_change(locked, user=user, before=before)
    return locked


def skip_next_due(schedule: ScheduledJob, *, user: Actor) -> ScheduledJob:
    """Let its next due time pass without a run, and note who wanted that.

    Raises NotAllowed, NotFound, ScheduleRefused (it is not due any more) or Busy.
    """
    policies.require_on(user, "change", schedule)
    with changes():
        locked = held(schedule)
        before, due = snapshot(locked), locked.next_due_at
        if not locked.enabled or due is None:
            raise ScheduleRefused({"start_time": [NOT_DUE]})
        said = f"Skipped by {user.get_username()}."[:200]
        DueTime.objects.create(schedule=locked, due_at=due, skipped=said)
        locked.next_due_at, locked.held_until = next(due_times(rule_of(locked), due), None), None
        if locked.next_due_at is None:
            locked.enabled, locked.state = False, State.COMPLETED
            locked.state_reason = end_told(locked)
        locked.save()
        note_change(locked, user=user, before=before)
    return locked


def run_schedule_now(schedule: ScheduledJob, *, user: Actor, door: str = "") -> Accepted:
    """Run its job with its inputs once more, in the name of who asks; its due times stay.

    Where the job needs approval, this run does, too.
    Raises what `enqueue_job` raises.
    """
    policies.require_on(user, "view", schedule)
    if schedule.job_model is None:
        raise JobNotInstalled
    may_run(schedule.job_model, user)
    return start_scheduled(schedule, user=user, door=door)


def dry_run_schedule(schedule: ScheduledJob, *, user: Actor, door: str = "") -> Accepted:
    """Try its job with its inputs, in the name of who asks; raises NoDryRun, or as
    `run_schedule_now`."""
    policies.require_on(user, "view", schedule)
    if schedule.job_model is None:
        raise JobNotInstalled
    may_run(schedule.job_model, user)
    if not schedule.job_model.supports_dryrun:
        raise NoDryRun
    inputs = scheduled_inputs(schedule, user, dryrun=True)
    queue = schedule.job_queue.name if schedule.job_queue else ""
    options = RunOptions(queue=queue, door=door)  # it is no run of the schedule
    return enqueue_job(schedule.job_model, user=user, inputs=inputs, options=options)


def start_scheduled(
    schedule: ScheduledJob, *, user: Actor, door: str, by_clock: bool = False
) -> Accepted:
    """A run of what was scheduled. The inputs pass the form again, as the job may have changed."""
    inputs = scheduled_inputs(schedule, user)
    return enqueue_scheduled(schedule, inputs, user=user, door=door, by_clock=by_clock)


def scheduled_inputs(schedule: ScheduledJob, user: Actor, **instead: Any) -> CleanInputs:
    """The schedule's inputs as the job takes them now, some with others in their place.

    Raises InputsRefused or JobNotInstalled.
    """
    if schedule.job_model is None:
        raise JobNotInstalled
    given: dict[str, Any] = {**schedule.kwargs, **open_sealed(schedule.sealed_kwargs), **instead}
    given = {name: value for name, value in given.items() if value is not None}
    form = json_run_form(schedule.job_model, user=user, data=given)
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    return form.clean_inputs


def enqueue_scheduled(
    schedule: ScheduledJob,
    inputs: CleanInputs,
    *,
    user: Actor,
    door: str,
    by_clock: bool,
    in_turn: bool = False,
) -> Accepted:
    """Accept the run of a schedule; raises what `enqueue_job` raises."""
    if schedule.job_model is None:
        raise JobNotInstalled
    queue = schedule.job_queue.name if schedule.job_queue else ""
    options = RunOptions(
        queue=queue,
        priority=schedule.priority,
        door=door,
        schedule=schedule,
        by_clock=by_clock,
        in_turn=in_turn,
    )
    return enqueue_job(schedule.job_model, user=user, inputs=inputs, options=options)


def _refuse_sensitive(job: Job) -> None:
    if job.has_sensitive_variables and not conf().schedule_sensitive:
        raise ScheduleRefused({"interval": [SENSITIVE]})


def inputs_to_keep(job: Job, inputs: CleanInputs) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a schedule keeps as (in clear, sealed); raises InputsRefused or ScheduleRefused."""
    _refuse_sensitive(job)
    if inputs.files:
        raise InputsRefused({name: [NO_FILES] for name in inputs.files})
    return split_inputs(job, inputs)


def _celery_kwargs(job: Job, queue: JobQueue) -> Mapping[str, Any]:
    """How it will be queued, in the words of the dialect."""
    return {
        "nautobot_job_profile": False,
        "queue": queue.name,
        "nautobot_job_ignore_singleton_lock": False,
        "nautobot_job_console_log": job.console_log_default,
        "nautobot_job_queue_type": queue.queue_type,
    }


def _set_timing(schedule: ScheduledJob, timing: Timing) -> None:
    for name in PLAIN:
        setattr(schedule, name, getattr(timing, name))
    schedule.start_time, schedule.end_time = timing.rule.start, timing.rule.end
    schedule.time_zone, schedule.crontab = timing.rule.zone, timing.rule.crontab
    schedule.every_minutes, schedule.rrule = timing.rule.every, timing.rule.rrule
    schedule.one_off = timing.interval == ScheduledJob.Interval.FUTURE
    arm(schedule)


def begin_anew(schedule: ScheduledJob) -> None:
    """What was not approved is asked for anew by an edit, so it must not stay refused."""
    if schedule.state in UNAPPROVED:
        _switch_on(schedule)


def _switch_on(schedule: ScheduledJob) -> None:
    schedule.state, schedule.enabled, schedule.state_reason = State.ACTIVE, True, ""
    arm(schedule)


def arm(schedule: ScheduledJob) -> None:
    """Have it be due next at its first due time from now on."""
    schedule.next_due_at = next(due_times(rule_of(schedule), database_now()), None)
    schedule.held_until = None


def _save(schedule: ScheduledJob) -> None:
    try:
        with transaction.atomic():
            schedule.save()
    except IntegrityError as error:
        raise ScheduleRefused({"name": [TAKEN]}) from error
