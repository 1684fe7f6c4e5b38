"""Claiming runs and keeping hold of them: compare-and-set on the row, leases by database clock."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from jobsmith.lifecycle import Status
from jobsmith.models import JobResult, Worker

LEASE = timedelta(seconds=15)
RENEW_SECONDS = 3.0


def claim(
    worker: Worker, *, queues: Collection[str], most: int, only: str | None = None
) -> list[JobResult]:
    """Take up to ``most`` due runs, oldest first within priority; each is then STARTED and ours."""
    waiting = JobResult.objects.filter(status=Status.PENDING.value)
    if only is not None:
        waiting = waiting.filter(pk=only)
    else:
        due = Q(not_before=None) | Q(not_before__lte=timezone.now())
        waiting = waiting.filter(due, job_queue__name__in=queues)
    seen = list(waiting.order_by("-priority", "date_created").values_list("pk", "attempt")[:most])
    if not seen:
        return []
    with transaction.atomic():
        taken = [pk for pk, attempt in seen if _take(worker, pk, attempt)]
    rows = JobResult.objects.filter(pk__in=taken).select_related("job_model")
    return sorted(rows, key=lambda each: (-each.priority, each.date_created))


def _take(worker: Worker, pk: UUID, attempt: int) -> int:
    rows = JobResult.objects.filter(pk=pk, attempt=attempt, status=Status.PENDING.value)
    return rows.update(
        status=Status.STARTED.value,
        attempt=attempt + 1,
        worker=worker.name,
        worker_id=worker.pk,
        lease_expires_at=Now() + LEASE,
        date_started=timezone.now(),
        task_name=F("class_path"),
        waiting_reason="",
    )


def renew(worker: Worker, held: Sequence[tuple[str, int]]) -> None:
    """Extend the leases of our runs and say that the worker is alive."""
    now = timezone.now()
    with transaction.atomic():
        Worker.objects.filter(pk=worker.pk).update(beat_at=now)
        if held:
            ours = JobResult.objects.filter(
                pk__in=[key for key, _ in held], worker_id=worker.pk, status=Status.STARTED.value
            )
            ours.update(lease_expires_at=Now() + LEASE)


def look(held: Sequence[tuple[str, int]]) -> tuple[dict[str, str], set[str]]:
    """Of our runs: who cancelled which, and which are no longer ours. Reads only."""
    attempts = dict(held)
    rows = JobResult.objects.filter(pk__in=attempts).values_list(
        "pk", "attempt", "status", "date_canceled", "canceled_by_user_name"
    )
    cancelled: dict[str, str] = {}
    still_ours = set()
    for pk, attempt, status, canceled_at, name in rows:
        key = str(pk)
        if attempt == attempts[key] and status == Status.STARTED:
            still_ours.add(key)
            if canceled_at is not None:
                cancelled[key] = name
    return cancelled, set(attempts) - still_ours
