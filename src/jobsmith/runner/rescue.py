"""Ends runs whose worker is gone, or lets them begin again."""

import time

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.failpoints import failpoint
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import JobResult, NotificationEvent
from jobsmith.processes.launcher import end_leftovers
from jobsmith.processes.liveness import dead_workers, is_held, lock_path, remove_unheld

from . import retrying
from .rows import insert
from .spooled import bring_in, import_strays

EXPIRED = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())


def rescue() -> int:
    """End every STARTED run without a living owner as FAILURE, ``worker_lost``; how many.

    A worker of this machine lives while it holds its lock, even if it cannot write; of other
    machines only the lease tells.
    """
    started = JobResult.objects.filter(status=Status.STARTED.value)
    expired = set(started.filter(EXPIRED).values_list("pk", flat=True))
    held: dict[object, bool | None] = {}
    lost = []
    for result in started.defer("result", "task_kwargs", "sealed_kwargs"):
        owner = result.worker_id
        if owner not in held:
            held[owner] = is_held(lock_path(conf().home, owner)) if owner else None
        alive = held[owner]
        if alive is False or (alive is None and result.pk in expired):
            lost.append(result)
    for worker_id in {result.worker_id for result in lost if held[result.worker_id] is False}:
        end_leftovers(
            str(worker_id), [str(each.pk) for each in lost if each.worker_id == worker_id]
        )
    ended = sum(_end(result, held[result.worker_id]) for result in lost)
    import_strays()
    return ended


def forget_dead_workers() -> list[str]:
    """Remove the lock files of dead workers of this machine that have no run left to end.

    A lock file is what lets `rescue` end runs at once, so it stays as long as there are any.
    Returns the ids of those workers.
    """
    dead = dead_workers(conf().home)
    started = JobResult.objects.filter(status=Status.STARTED.value)
    owners = {str(each) for each in started.values_list("worker_id", flat=True)}
    return [
        each for each in dead if each not in owners and remove_unheld(lock_path(conf().home, each))
    ]


def _end(result: JobResult, held: bool | None) -> int:
    if held is False:
        bring_in(result)  # before the end, so that whoever watches it misses nothing
    detail = f"The worker {result.worker or ''} died while it ran the job."[:500]
    seconds = retrying.delay(result, cause=Cause.WORKER_LOST.value)
    failpoint("rescue.found")
    if seconds is not None:
        return _try_again(result, held, detail, seconds)
    with transaction.atomic():
        ended = _ours(result, held).update(
            status=Status.FAILURE.value,
            cause=Cause.WORKER_LOST.value,
            cause_detail=detail,
            date_done=timezone.now(),
            lease_expires_at=None,
        )
        if ended:
            NotificationEvent.objects.note(NotificationEvent.Kind.RUN_ENDED, result.pk)
    failpoint("rescue.ended")
    return ended


def _try_again(seen: JobResult, held: bool | None, detail: str, seconds: float) -> int:
    """Let another attempt follow, and say so in the log; 0 if it is not ours to."""
    with transaction.atomic():
        result = _ours(seen, held).select_for_update().first()
        if result is None:
            return 0
        failed = retrying.Failed(
            cause=Cause.WORKER_LOST.value,
            detail=detail,
            delay=seconds,
            log_count=result.log_count + 1,
            console_count=result.console_count,
        )
        if not retrying.put_back(_ours(result, held), result, failed):
            return 0
        _log(result, retrying.sentence(result, detail, seconds))
        return 1


def _log(result: JobResult, message: str) -> None:
    row = {"kind": "log", "seq": result.log_count + 1, "created": time.time(), "level": "warning"}
    row |= {"message": message, "grouping": retrying.GROUPING, "object": "", "url": ""}
    insert([(str(result.pk), row)])
    JobResult.objects.filter(pk=result.pk).update(
        log_count=F("log_count") + 1,
        warning_log_count=Coalesce(F("warning_log_count"), 0) + 1,
    )


def _ours(result: JobResult, held: bool | None) -> QuerySet[JobResult]:
    """The row, if it is still as we saw it."""
    rows = JobResult.objects.filter(
        pk=result.pk, attempt=result.attempt, status=Status.STARTED.value
    )
    # Its worker may have come back and renewed the lease since we looked.
    return rows.filter(EXPIRED) if held is None else rows
