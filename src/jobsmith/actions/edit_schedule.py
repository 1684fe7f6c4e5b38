"""Change what a schedule runs with."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused, JobNotInstalled, ScheduleRefused
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.json_door import NO_DICT
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import Job, ScheduledJob
from jobsmith.policies import Actor

from .ask_approval import ask_anew
from .enqueue_job import may_run
from .priority import refuse_priority
from .run_form import json_run_form
from .save_schedule import EDITED, begin_anew, inputs_to_keep
from .stale import Seen, refuse_stale
from .transactions import changes, held

AT_ONCE = "This was asked for at once. Ask for it anew with other inputs."


def edit_schedule(
    schedule: ScheduledJob,
    *,
    user: Actor,
    inputs: CleanInputs,
    priority: int | None = None,
    seen: Seen | None = None,
) -> ScheduledJob:
    """Have it run with these inputs from now on; when it is due stays, so it does not run now.

    Takes the right to run its job besides that to change it: whoever lacks it shall not run the
    job by somebody else's schedule. Where it needs approval, it waits for that anew. None as
    ``priority`` leaves it. Raises NotAllowed, NotFound, JobDisabled, JobNotInstalled,
    InputsRefused, PriorityRefused, ScheduleRefused, ChangedMeanwhile or Busy.
    """
    policies.require_on(user, "change", schedule)
    job = runnable_job(schedule, user)
    plain, secret = inputs_to_keep(job, inputs)
    with changes():
        locked = held(schedule)
        refuse_stale(locked, seen, user)
        before = snapshot(locked)
        if priority is not None and priority != locked.priority:
            refuse_priority(job, user, priority)
            locked.priority = priority
        locked.kwargs, locked.sealed_kwargs = plain, seal(secret) if secret else ""
        begin_anew(locked)
        locked.save()
        ask_anew(locked, user=user, why=EDITED)
        policies.require_still(user, "change", locked)
        note_change(locked, user=user, before=before)
    return locked


def runnable_job(schedule: ScheduledJob, user: Actor) -> Job:
    """Its job, which the user may run; raises what stands against an edit of its inputs."""
    if schedule.job_model is None:
        raise JobNotInstalled
    may_run(schedule.job_model, user)
    if schedule.asked:
        raise ScheduleRefused({"state": [AT_ONCE]})
    return schedule.job_model


def edited_inputs(schedule: ScheduledJob, given: object, *, user: Actor) -> CleanInputs:
    """The inputs of a schedule with others in their place; those not named stay, sealed ones too.

    Raises InputsRefused and whatever `runnable_job` raises.
    """
    job = runnable_job(schedule, user)
    if not isinstance(given, Mapping):
        raise InputsRefused({"__all__": [NO_DICT]}, NO_DICT)
    wanted = {**schedule.kwargs, **open_sealed(schedule.sealed_kwargs), **given}
    data = {name: value for name, value in wanted.items() if value is not None}
    form = json_run_form(job, user=user, data=data)
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    return form.clean_inputs


def with_sealed(schedule: ScheduledJob, sent: QueryDict) -> QueryDict:
    """The fields of a form, where a secret that was left empty is the one that is kept.

    Of a job all of whose inputs are sealed none is filled in: what was left empty there may be
    meant to be.
    """
    job, filled = schedule.job_model, sent.copy()
    if job is None or job.has_sensitive_variables:
        return filled
    kept: dict[str, Any] = open_sealed(schedule.sealed_kwargs)
    for name, value in kept.items():
        if not filled.get(name):
            filled[name] = value
    return filled
