"""What becomes of a run whose job has its most runs already."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from jobsmith.audit import note_change, snapshot
from jobsmith.engines import Wanted, release_ended, take_slots, unfinished
from jobsmith.errors import LimitReached
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import Job, JobResult, NotificationEvent
from jobsmith.policies import Actor

from .cancel_result import stop

WhenFull = Job.WhenFull


def concurrency_key(job: Job, inputs: Mapping[str, Any]) -> str:
    """What runs of the job share a limit by: a keyed hash, as inputs may be secret."""
    name = job.concurrency_key
    if not job.concurrency_limit or not name:
        return ""
    value = json.dumps([name, inputs.get(name)], sort_keys=True, default=str)
    return salted_hmac("jobsmith.concurrency", value, algorithm="sha256").hexdigest()


def make_room(job: Job) -> None:
    """Clear away the places of runs that have ended; before the transaction of a run."""
    if job.concurrency_limit:
        release_ended([job.pk])


def enter(job: Job, result: JobResult, *, user: Actor) -> None:
    """Hold the limit of the job against a run that has just been recorded, in its transaction.

    A run that shall queue takes its place when a worker claims it. Raises LimitReached where
    the job refuses further runs.
    """
    if not job.concurrency_limit or job.concurrency_when_full == WhenFull.QUEUE:
        return
    if job.concurrency_when_full == WhenFull.REPLACE:
        _replace(job, result, user)
    elif not _has_place(job, result):
        if job.concurrency_when_full == WhenFull.FAIL:
            raise LimitReached(_sentence(job))
        _skip(result, _sentence(job))


def _has_place(job: Job, result: JobResult) -> bool:
    """It holds its place from now on, so that two requests at once cannot both have the last."""
    wanted = Wanted(result.pk, job.pk, result.concurrency_key, job.concurrency_limit)
    return bool(take_slots([wanted]).holders)


def _skip(result: JobResult, sentence: str) -> None:
    result.status, result.cause = Status.REVOKED.value, Cause.SKIPPED.value
    result.cause_detail, result.waiting_reason = sentence, ""
    result.date_done = timezone.now()
    result.save(update_fields=("status", "cause", "cause_detail", "waiting_reason", "date_done"))
    NotificationEvent.objects.note(NotificationEvent.Kind.RUN_ENDED, result.pk)


def _replace(job: Job, result: JobResult, user: Actor) -> None:
    """Stop the oldest ones, so that with the new one there are no more than may be.

    One request at a time does so for a job; what a worker claims meanwhile is stopped as running.
    """
    Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    others = list(unfinished(job.pk, result.concurrency_key).exclude(pk=result.pk))
    for each in others[: max(0, len(others) - job.concurrency_limit + 1)]:
        before = snapshot(each)
        detail = f"Replaced by run {result.pk} of {user.get_username()}."[:500]
        if stop(each, user=user, cause=Cause.REPLACED, detail=detail):
            each.refresh_from_db()
            note_change(each, user=user, before=before)


def _sentence(job: Job) -> str:
    many, same = job.concurrency_limit, f" with the same {job.concurrency_key}"
    runs = "1 run" if many == 1 else f"{many} runs"
    waits = "waits or goes on" if many == 1 else "wait or go on"
    return f"{runs} of this job{same if job.concurrency_key else ''} {waits}, and no more may."
