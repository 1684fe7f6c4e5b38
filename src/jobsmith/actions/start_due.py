"""Start what is due by the clock. Any number of schedulers may do so at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from zoneinfo import ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.context import changing
from jobsmith.errors import ApprovalNeeded, Busy, JobsmithError, NotAllowed, NotFound, OwnerGone
from jobsmith.failpoints import failpoint
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import DueTime, JobResult, NotificationEvent, ScheduledJob
from jobsmith.policies import Actor
from jobsmith.recurrence import BadRule, due_times, fate_of

from .ask_approval import ask_anew
from .enqueue_job import may_run
from .overlap import make_way
from .pacing import pace_of
from .pause_failing import pause_if_failing
from .save_schedule import enqueue_scheduled, scheduled_inputs
from .timing import end_told, rule_of
from .transactions import changes, database_now

LATE = timedelta(seconds=60)
"""A due time this long ago was missed: no scheduler ran."""
TAKEN = 50
"""Schedules looked at in one go, so that a great many do not keep the loop from beating."""
CAUGHT_UP = 100
"""Due times of one schedule recorded in one transaction."""
TOLD = ("state_reason", "enabled", "state", "next_due_at")
MISSED = "No scheduler ran at that time."

State, Misfire = ScheduledJob.State, ScheduledJob.Misfire


@dataclass(slots=True, kw_only=True)
class _Plan:
    """What shall become of the due times of one schedule that have come."""

    skip: dict[datetime, str] = field(default_factory=dict)
    """Each with the reason."""
    run: list[datetime] = field(default_factory=list)
    following: datetime | None = None
    """The first that has not come yet, that is put off, or that is left for the next time."""
    held_until: datetime | None = None
    """Until when that one is put off, where it has come."""


@dataclass(slots=True, kw_only=True)
class _Ready:
    """The owner and the inputs of a run, or why there can be none."""

    owner: Actor = field(default_factory=policies.nobody)
    inputs: CleanInputs | None = None
    refusal: JobsmithError | None = None

    @property
    def ends_it(self) -> bool:
        """It will not get better by itself."""
        return isinstance(self.refusal, OwnerGone | NotAllowed | NotFound)


def start_due(now: datetime | None = None) -> int:
    """Record every due time that has come, each once and with its run; how many runs.

    A due time without a run says why. Raises Busy when the database takes no writes now; what is
    not recorded then is recorded next time. None as ``now`` is the time of the database.
    """
    now = now or database_now()
    rows = ScheduledJob.objects.filter(
        Q(held_until=None) | Q(held_until__lte=now),
        enabled=True,
        state=State.ACTIVE,
        next_due_at__lte=now,
    )
    waiting = rows.select_related("job_model", "job_queue", "user").prefetch_related(
        "blackout_calendars"
    )
    with changing(door="orm", detail="scheduler"):
        return sum(_start(each, now) for each in waiting.order_by("next_due_at")[:TAKEN])


def _start(schedule: ScheduledJob, now: datetime) -> int:
    """The inputs are checked outside the transaction: that may ask the job's code."""
    if pause_if_failing(schedule):
        return 0
    try:
        plan = _planned(schedule, now)
    except (BadRule, ZoneInfoNotFoundError) as error:
        _give_up(schedule, str(error))
        return 0
    ready = _ready(schedule) if plan.run else _Ready()
    with changes():
        if not _take(schedule, plan):
            return 0
        failpoint("tick.taken")
        if plan.held_until and not (plan.skip or plan.run):
            return 0
        _record(schedule, plan.skip)
        runs = [_run(schedule, each, ready) for each in plan.run]
        _tell(schedule, ready, plan)
        failpoint("tick.recorded")
    failpoint("tick.committed")
    return sum(each is not None for each in runs)


def _planned(schedule: ScheduledJob, now: datetime) -> _Plan:
    """What becomes of those that have come, in order, up to the first that is put off."""
    plan, ready = _Plan(following=schedule.next_due_at or now), dict[datetime, datetime]()
    pace = pace_of(schedule)
    for due, following in islice(_with_next(schedule, now), CAUGHT_UP):
        fate = fate_of(pace, due, following)
        if fate.start is None:
            plan.skip[due] = fate.why
        elif fate.start > now:
            plan.held_until = fate.start
            break
        else:
            ready[due] = fate.start
        plan.following = following
    last = max(ready, default=None)
    if plan.held_until is None and plan.following is not None and plan.following <= now:
        last = None  # more have come
    for due, start in ready.items():
        if _shall_run(schedule, start, now, is_last=due == last):
            plan.run.append(due)
        else:
            plan.skip[due] = MISSED
    _leave_recorded(schedule, plan)
    return plan


def _with_next(schedule: ScheduledJob, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Due times that have come, each with the one that follows it."""
    first = schedule.next_due_at or now
    times = chain([first], due_times(rule_of(schedule), first), [None])
    for due, following in pairwise(times):
        if due is None or due > now:
            return
        yield due, following


def _leave_recorded(schedule: ScheduledJob, plan: _Plan) -> None:
    """A database's clock may be put back."""
    come = [*plan.skip, *plan.run]
    recorded = set(schedule.due_times.filter(due_at__in=come).values_list("due_at", flat=True))
    plan.skip = {due: why for due, why in sorted(plan.skip.items()) if due not in recorded}
    plan.run = [due for due in plan.run if due not in recorded]


def _shall_run(schedule: ScheduledJob, start: datetime, now: datetime, *, is_last: bool) -> bool:
    """The last due time in time always runs; of those that were missed the policy decides."""
    if schedule.misfire == Misfire.RUN_ALL:
        return True
    return is_last and (schedule.misfire == Misfire.RUN_ONCE or now - start <= LATE)


def _ready(schedule: ScheduledJob) -> _Ready:
    ready = _Ready()
    try:
        ready.owner = _owner(schedule)
        if schedule.job_model is not None:
            may_run(schedule.job_model, ready.owner)
        ready.inputs = scheduled_inputs(schedule, ready.owner)
    except Busy:
        raise
    except JobsmithError as refusal:
        ready.refusal = refusal
    return ready


def _owner(schedule: ScheduledJob) -> Actor:
    owner = schedule.user
    if owner is None or not owner.is_active:
        raise OwnerGone
    return owner


def _take(schedule: ScheduledJob, plan: _Plan) -> bool:
    """Whether this call records these due times; an edit or another scheduler may be quicker."""
    as_seen = ScheduledJob.objects.filter(
        pk=schedule.pk,
        enabled=True,
        state=State.ACTIVE,
        next_due_at=schedule.next_due_at,
        held_until=schedule.held_until,
        date_changed=schedule.date_changed,
    )
    return bool(as_seen.update(next_due_at=plan.following, held_until=plan.held_until))


def _record(schedule: ScheduledJob, skipped: dict[datetime, str]) -> None:
    DueTime.objects.bulk_create(
        DueTime(schedule=schedule, due_at=due, skipped=why[:200]) for due, why in skipped.items()
    )


def _run(schedule: ScheduledJob, due: datetime, ready: _Ready) -> JobResult | None:
    if ready.inputs is None:
        _record(schedule, {due: _sentence(ready)})
        return None
    try:
        with transaction.atomic():
            result = enqueue_scheduled(
                schedule,
                ready.inputs,
                user=ready.owner,
                door="schedule",
                by_clock=True,
                in_turn=make_way(schedule, user=ready.owner),
            )
    except Busy:
        raise
    except JobsmithError as refusal:
        ready.refusal = refusal
        _record(schedule, {due: _sentence(ready)})
        return None
    if not isinstance(result, JobResult):  # by the clock nothing asks: it says ApprovalNeeded
        raise ApprovalNeeded
    DueTime.objects.create(schedule=schedule, due_at=due, job_result=result)
    ScheduledJob.objects.filter(pk=schedule.pk).update(
        total_run_count=F("total_run_count") + 1, last_run_at=Now()
    )
    return result


def _sentence(ready: _Ready) -> str:
    errors = getattr(ready.refusal, "errors", {})
    named = [f"{name}: {each}" for name, sentences in errors.items() for each in sentences]
    return " ".join(named) or str(ready.refusal)


def _tell(schedule: ScheduledJob, ready: _Ready, plan: _Plan) -> None:
    """Say on the schedule what its last due time came to, and end it where it is at its end."""
    row = ScheduledJob.objects.get(pk=schedule.pk)
    before = snapshot(row)
    row.state_reason = _sentence(ready)[:200] if ready.refusal else ""
    if ready.ends_it:
        row.enabled, row.state, row.next_due_at = False, State.ERRORED, None
        NotificationEvent.objects.note(NotificationEvent.Kind.SCHEDULE_PAUSED, row.pk)
    elif isinstance(ready.refusal, ApprovalNeeded):
        ask_anew(row, user=None, why=_sentence(ready))
    elif plan.following is None:
        row.enabled, row.state = False, State.COMPLETED
        row.state_reason = row.state_reason or end_told(row)
    row.save(update_fields=TOLD)
    if not row.enabled:
        note_change(row, user=None, before=before)


def _give_up(schedule: ScheduledJob, why: str) -> None:
    """What came past the actions may hold a crontab or a zone that is none."""
    with changes():
        before = snapshot(schedule)
        schedule.enabled, schedule.state, schedule.next_due_at = False, State.ERRORED, None
        schedule.state_reason = why[:200]
        schedule.save(update_fields=TOLD)
        note_change(schedule, user=None, before=before)
        NotificationEvent.objects.note(NotificationEvent.Kind.SCHEDULE_PAUSED, schedule.pk)
