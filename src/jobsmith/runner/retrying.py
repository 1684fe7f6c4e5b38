"""Tries a run again: whether, after how long, and how its row goes back to wait.

A row that waits again keeps its number of attempts: whoever wrote for that attempt can write no
more, and whoever takes it raises the number.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from jobsmith.lifecycle import Cause, Status
from jobsmith.models import ConcurrencySlot, Job, JobResult

from . import reasons

LONGEST = 3600.0
"""Seconds; a back-off doubles up to here, and stays where it began beyond that."""
LOST = frozenset({Cause.WORKER_LOST.value, Cause.WORKER_STOPPED.value})
GROUPING = "attempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An attempt that is followed by another."""

    cause: str
    detail: str
    delay: float
    log_count: int
    console_count: int


def delay(result: JobResult, *, cause: str, errors: Collection[str] = ()) -> float | None:
    """Seconds to the next attempt of a run that failed by these exceptions; None: no other one."""
    rule: dict[str, Any] = result.retry_rule or {}
    if not rule or result.attempt > result.max_retries or result.date_canceled is not None:
        return None
    is_lost = bool(rule["worker_loss"]) and cause in LOST
    if not is_lost and set(rule["on"]).isdisjoint(errors):
        return None
    first = float(rule["backoff"])
    return float(min(first * 2 ** (result.attempt - 1), max(first, LONGEST)))


def survives_its_worker(result: JobResult) -> bool:
    """Whether somebody else may begin it again when its worker is not heard of."""
    rule: dict[str, Any] = result.retry_rule or {}
    return bool(rule) and bool(rule["worker_loss"]) and result.attempt <= result.max_retries


def sentence(result: JobResult, detail: str, seconds: float) -> str:
    """What the log says of an attempt that is followed by another."""
    told = detail.rstrip(".") or "it failed"
    return f"Attempt {result.attempt} of {result.max_retries + 1} failed: {told}; " + (
        f"next in {seconds:g} s." if seconds else "next at once."
    )


def put_back(rows: QuerySet[JobResult], result: JobResult, failed: Failed) -> int:
    """Let the run wait for its next attempt; 0 if ``rows`` hold it no more, or it was cancelled.

    Call it inside a transaction. A place under a limit goes to others meanwhile, unless the run
    was let in by it when it was accepted.
    """
    done = rows.filter(date_canceled=None).update(
        status=Status.PENDING.value,
        not_before=Now() + timedelta(seconds=failed.delay),
        waiting_reason=reasons.next_attempt(result.attempt + 1, result.max_retries + 1),
        attempts=[*(result.attempts or ()), _past(result, failed)],
        worker=None,
        worker_id=None,
        lease_expires_at=None,
        date_started=None,
        progress_done=None,
        progress_total=None,
        progress_text="",
    )
    if done:
        waits = Job.WhenFull.QUEUE.value
        ConcurrencySlot.objects.filter(
            job_result=result.pk, job__concurrency_when_full=waits
        ).delete()
    return done


def _past(result: JobResult, failed: Failed) -> dict[str, Any]:
    started = result.date_started
    return {
        "attempt": result.attempt,
        "worker": result.worker,
        "started": started.isoformat() if started else None,
        "ended": timezone.now().isoformat(),
        "cause": failed.cause,
        "cause_detail": failed.detail,
        "log_count": failed.log_count,
        "console_count": failed.console_count,
    }
