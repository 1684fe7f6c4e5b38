"""Run once, however often the request is repeated: the same key answers with the first run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from jobsmith.errors import KeyReused
from jobsmith.models import IdempotencyKey, JobResult, ScheduledJob
from jobsmith.policies import Actor, identity

KEPT = timedelta(hours=24)
GIVEN = ("job_result", "scheduled_job")


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What tells a repeated request from another one."""

    key: str
    fingerprint: str


def first_run(once: Once | None, *, user: Actor) -> JobResult | ScheduledJob | None:
    """What this request has already given: a run, or what waits for approval; raises KeyReused.

    Asked before the job and its inputs are checked: a repeated request gets the answer of the
    first one, even when the job has changed or the workers are gone since.
    """
    if once is None:
        return None
    found = _rows(once, user).filter(created__gte=_limit()).select_related(*GIVEN).first()
    if found is None:
        return None
    if found.fingerprint != once.fingerprint:
        raise KeyReused
    given = found.job_result or found.scheduled_job
    if given is None:
        raise KeyReused("The run of this Idempotency-Key has been deleted. Send a new key.")
    return given


def remember(once: Once, made: JobResult | ScheduledJob, *, user: Actor) -> None:
    """Keep the key inside the transaction of the run, or of the request to approve it.

    Raises IntegrityError when another request with the key was quicker; on PostgreSQL it waits
    for that one to end first.
    """
    _rows(once, user).filter(created__lt=_limit()).delete()
    IdempotencyKey.objects.create(
        user_id=identity(user),
        key=once.key,
        fingerprint=once.fingerprint,
        job_result=made if isinstance(made, JobResult) else None,
        scheduled_job=made if isinstance(made, ScheduledJob) else None,
    )


def forget(once: Once, *, user: Actor) -> None:
    """Let the key start something again."""
    _rows(once, user).delete()


def forget_old_keys() -> int:
    """Delete keys that answer nothing any more; returns how many there were."""
    return IdempotencyKey.objects.filter(created__lt=_limit()).delete()[0]


def _rows(once: Once, user: Actor) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(user_id=identity(user), key=once.key)


def _limit() -> datetime:
    return timezone.now() - KEPT
