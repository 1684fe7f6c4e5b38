"""Claiming runs and keeping hold of them: compare-and-set on the row, leases by database clock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from jobsmith.approving import why_not
from jobsmith.failpoints import failpoint
from jobsmith.isolation import Isolation, stricter
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    Job,
    JobResult,
    NotificationEvent,
    Worker,
)
from jobsmith.sources import installing, packages
from jobsmith.sources.sandboxes import levels_of

from . import closing, slots, turns, versions
from .waiting import due

LEASE = timedelta(seconds=15)
RENEW_SECONDS = 3.0
HOLD_SECONDS = 12.0
"""For how long a run that others may begin again goes on without a renewed lease."""


def claim(
    worker: Worker,
    *,
    queues: Collection[str],
    most: int,
    only: str | None = None,
    besides: Collection[str] = (),
    tried: dict[UUID, int] | None = None,
) -> list[JobResult]:
    """Take up to ``most`` due runs, oldest first within priority; each is then STARTED and ours.

    What needs approval is taken only with one that fits it. A run of a singleton job stays while
    another run of that job is STARTED, and a run of an installed package is left to workers that
    have the version it recorded. Nothing is taken from a queue that is paused, nor what came
    into it while it drains, nor by a worker that somebody drains, nor by one that is older than the
    database. A run of a job with a limit
    takes one of its places with it, or stays, and so does one that follows another of its
    schedule. Runs ``besides`` are left out: an earlier attempt of theirs is still our business.
    ``tried`` has the attempts that may be ours though the answer to the commit never comes.
    """
    waiting = _claimable(worker, queues) if only is None else _claimable_alone(only)
    waiting = waiting.exclude(pk__in=besides) if besides else waiting
    seen = _seen(worker, waiting, most, wait=only is not None)
    if not seen:
        return []
    if limited := {each.job for each in seen if each.job and each.is_limited}:
        slots.release_ended(limited)
    if tried is not None:
        tried.update((each.pk, each.attempt + 1) for each in seen)
    failpoint("claim.seen")
    with transaction.atomic():
        taken = _take_all(worker, seen)
        rows = list(JobResult.objects.filter(pk__in=taken).select_related("job_model"))
        if taken:
            failpoint("claim.taken")
    if taken:
        failpoint("claim.committed")
    return sorted(rows, key=lambda each: (-each.priority, each.date_created))


class _Seen(NamedTuple):
    pk: UUID
    attempt: int
    job: UUID | None
    is_singleton: bool | None
    limit: int | None
    key: str
    source: str
    source_key: str
    source_digest: str
    isolation: str
    approval: UUID | None
    dry_run_digest: str
    approval_required: bool | None

    @property
    def is_limited(self) -> bool:
        """Whether it takes a place under the limit of its job."""
        return bool(self.job and self.limit and not self.dry_run_digest)

    @property
    def is_gated(self) -> bool:
        """Whether it may only start as it was let through."""
        return bool(self.approval or self.dry_run_digest or self.approval_required)


_SEEN = (
    *("pk", "attempt", "job_model_id", "job_model__is_singleton"),
    *("job_model__concurrency_limit", "concurrency_key"),
    *("source", "source_key", "source_digest", "isolation"),
    *("approval_id", "dry_run_digest", "job_model__approval_required"),
)


def _seen(worker: Worker, waiting: QuerySet[JobResult], most: int, *, wait: bool) -> list[_Seen]:
    """What this worker may try to take."""
    rows = waiting.filter(_has_code(worker.packages)).values_list(*_SEEN)
    rows = rows.exclude(source_digest__in=installing.being_installed())
    seen = _with_packages([_Seen(*row) for row in rows[:most]], wait=wait)
    installed = {each.source_key for each in seen if each.source == Job.SourceKind.PLUGIN}
    changed = {key for key in installed if not packages.is_intact(key)}
    if changed:
        _give_up(worker, changed)
    return _let_through([each for each in seen if each.source_key not in changed])


def _let_through(seen: list[_Seen]) -> list[_Seen]:
    """Those that need no approval, or have one that fits; the others end here and say why."""
    gated = [each.pk for each in seen if each.is_gated]
    if not gated:
        return seen
    rows = JobResult.objects.filter(pk__in=gated).select_related(
        "approval", "job_model", "job_queue"
    )
    refused = {row.pk: (row.attempt, why) for row in rows if (why := why_not(row))}
    for pk, (attempt, why) in refused.items():
        _refuse(pk, attempt, why)
    return [each for each in seen if each.pk not in refused]


@transaction.atomic
def _refuse(pk: UUID, attempt: int, why: str) -> None:
    """End a run that may not start."""
    waiting = JobResult.objects.filter(pk=pk, attempt=attempt, status=Status.PENDING.value)
    ended = waiting.update(
        status=Status.FAILURE.value,
        cause=Cause.NOT_APPROVED.value,
        cause_detail=why,
        date_done=timezone.now(),
        waiting_reason="",
    )
    if ended:
        NotificationEvent.objects.note(NotificationEvent.Kind.RUN_ENDED, pk)


def _with_packages(seen: list[_Seen], *, wait: bool) -> list[_Seen]:
    """Those whose packages are here; of the others, the runs are told what they wait for."""
    digests = {each.source_digest for each in seen if each.source != Job.SourceKind.PLUGIN}
    lacking = installing.unready(digests, wait=wait)
    if lacking:
        due().filter(source_digest__in=lacking).update(waiting_reason=installing.INSTALLING)
    return [each for each in seen if each.source_digest not in lacking]


def _has_code(digests: Mapping[str, str]) -> Q:
    """Runs whose code can be had, or is an installed package of just that version."""
    found = ~Q(source=Job.SourceKind.PLUGIN)
    for key, digest in digests.items():
        found |= Q(source_key=key, source_digest=digest)
    return found


def _give_up(worker: Worker, keys: Collection[str]) -> None:
    """Take no more runs of packages that have changed under the worker, and say so."""
    kept = {key: digest for key, digest in worker.packages.items() if key not in keys}
    names = ", ".join(sorted(keys))
    note = f"{worker.note} The code of {names} has changed: restart this worker.".strip()[:500]
    Worker.objects.filter(pk=worker.pk).update(packages=kept, note=note)
    worker.packages, worker.note = kept, note


def _claimable(worker: Worker, queues: Collection[str]) -> QuerySet[JobResult]:
    rows = due().filter(job_queue__name__in=queues).order_by("-priority", "date_created")
    rows = rows.exclude(Exists(closing.closed()))
    rows = rows.exclude(Exists(versions.newer()))
    rows = rows.exclude(Exists(Worker.objects.filter(pk=worker.pk, draining=True)))
    rows = rows.filter(slots.has_room()).exclude(_must_wait())
    return rows.exclude(Q(job_model__is_singleton=True), Exists(_sibling_runs()))


def _claimable_alone(pk: str) -> QuerySet[JobResult]:
    rows = JobResult.objects.filter(pk=pk, status=Status.PENDING.value)
    return rows.filter(slots.has_room()).exclude(_must_wait())


def _must_wait() -> Q:
    """Those whose turn has not come."""
    return Q(in_turn=True) & Q(Exists(turns.ahead()))


def _sibling_runs() -> QuerySet[JobResult]:
    """Of the run that the query around is at: what runs of its job."""
    same_job = JobResult.objects.filter(job_model=OuterRef("job_model_id"))
    return same_job.filter(status=Status.STARTED.value)


def _take_all(worker: Worker, seen: Sequence[_Seen]) -> list[UUID]:
    """Take what is still there to take; call it inside a transaction."""
    levels = levels_of({each.source_key for each in seen})
    ours = _lock_singletons({each.job for each in seen if each.job and each.is_singleton})
    places = slots.take(_wanted(seen))
    taken = [
        each.pk
        for each in seen
        if (not each.is_singleton or each.job in ours)
        and (not each.is_limited or each.pk in places.holders)
        and _take(worker, each, levels)
    ]
    slots.give_back(places.fresh.difference(taken))
    return taken


def _wanted(seen: Sequence[_Seen]) -> list[slots.Wanted]:
    return [
        slots.Wanted(each.pk, each.job, each.key, each.limit)
        for each in seen
        if each.job and each.limit and each.is_limited
    ]


def _lock_singletons(jobs: Collection[UUID]) -> set[UUID]:
    """The jobs among these of which nobody else can claim a run until our transaction ends.

    SQLite has one writer at a time anyway. A job that somebody else holds is left out: the
    supervisor must not wait, and will look again soon.
    """
    if not jobs:
        return set()
    free = Job.objects.select_for_update(skip_locked=True, no_key=True).order_by("pk")
    return set(free.filter(pk__in=jobs).values_list("pk", flat=True))


def _take(worker: Worker, seen: _Seen, levels: Mapping[str, Isolation]) -> int:
    """Take it; its level may have been raised since it was accepted, and is never lowered."""
    level = levels[seen.source_key]
    rows = JobResult.objects.filter(
        pk=seen.pk, attempt=seen.attempt, status=Status.PENDING.value, approval=seen.approval
    )
    rows = rows.filter(~Exists(closing.closed()))
    if seen.is_singleton:
        rows = rows.filter(~Exists(_sibling_runs()))
    if seen.approval and not seen.dry_run_digest:
        given = ApprovalWorkflow.objects.filter(pk=seen.approval)
        rows = rows.filter(Exists(given.filter(current_state=ApprovalState.APPROVED)))
    return rows.update(
        status=Status.STARTED.value,
        attempt=seen.attempt + 1,
        isolation=stricter(seen.isolation or level, level).value,
        worker=worker.name,
        worker_id=worker.pk,
        lease_expires_at=Now() + LEASE,
        date_started=timezone.now(),
        task_name=F("class_path"),
        waiting_reason="",
    )


def taken_unawares(worker: Worker, tried: Mapping[UUID, int]) -> list[JobResult]:
    """Those of the attempts that are ours, though nobody has told us.

    Their leases are renewed first, so that nobody ends them as lost while we begin them.
    """
    ours = JobResult.objects.filter(worker_id=worker.pk, status=Status.STARTED.value)
    ours = ours.filter(pk__in=tried)
    with transaction.atomic():
        ours.update(lease_expires_at=Now() + LEASE)
        rows = list(ours.select_related("job_model"))
    return [each for each in rows if each.attempt == tried[each.pk]]


def renew(worker: Worker, held: Sequence[tuple[str, int]]) -> None:
    """Extend the leases of our runs and say that the worker is alive."""
    now = timezone.now()
    with transaction.atomic():
        known = Worker.objects.filter(pk=worker.pk).update(beat_at=now)
        if not known and not worker._state.adding:
            worker.beat_at = now  # it slept for so long that its row was cleared away
            worker.save(force_insert=True)
        if held:
            ours = JobResult.objects.filter(
                pk__in=[key for key, _ in held], worker_id=worker.pk, status=Status.STARTED.value
            )
            ours.update(lease_expires_at=Now() + LEASE)
            failpoint("lease.renewed")


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
