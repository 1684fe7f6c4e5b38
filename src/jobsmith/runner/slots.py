"""Taking places under the concurrency limits of jobs: a unique row decides, never a look."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import BooleanField, Count, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from jobsmith.lifecycle import Status
from jobsmith.models import ConcurrencySlot, JobResult

Group = tuple[UUID, str]
"""A job and a key: runs that share a limit."""
BEYOND = 2**15
"""More than any number of a place."""


class Wanted(NamedTuple):
    """A run that needs a place."""

    run: UUID
    job: UUID
    key: str
    limit: int


class Taken(NamedTuple):
    """What came of it."""

    holders: set[UUID]
    """The runs among those wanted that have a place."""
    fresh: set[UUID]
    """Those that have it by this call."""


class Holder(NamedTuple):
    """A run that has a place and has not ended."""

    run: UUID
    number: int
    goes_on: bool

    def is_before(self, place: int | None) -> bool:
        """Whether a run with that place, or with none, has to count it."""
        return place is None or (self.number != place and (self.goes_on or self.number < place))


def take(wanted: Sequence[Wanted]) -> Taken:
    """Take a place for as many of these runs as find one; call it inside a transaction.

    Which numbers are free is only a guess: where somebody else is quicker, the unique constraint
    keeps the run out, and it is tried again with the next look. Rows are added in one order by
    everybody, so that two who want the same cannot wait for each other.
    """
    if not wanted:
        return Taken(set(), set())
    numbers = _numbers({(each.job, each.key) for each in wanted})
    rows = []
    for each in sorted(wanted, key=lambda each: (each.job, each.key)):
        there = numbers[each.job, each.key]
        if each.run in there.values() or len(there) >= each.limit:
            continue
        free = next(number for number in count(1) if number not in there)
        there[free] = each.run
        rows.append(
            ConcurrencySlot(job_id=each.job, key=each.key, number=free, job_result_id=each.run)
        )
    ConcurrencySlot.objects.bulk_create(rows, ignore_conflicts=True)
    mine = ConcurrencySlot.objects.filter(job_result__in=[each.run for each in wanted])
    found = dict(mine.values_list("job_result_id", "pk"))
    fresh = {each.job_result_id for each in rows if found.get(each.job_result_id) == each.pk}
    return Taken(holders=set(found), fresh=fresh)


def give_back(runs: Collection[UUID]) -> None:
    """Free the places of runs that were not started after all."""
    if runs:
        ConcurrencySlot.objects.filter(job_result__in=runs).delete()


def release_ended(jobs: Iterable[UUID] | None = None) -> int:
    """Clear away places whose runs have ended; how many. Safe to do twice at once.

    In a transaction of its own: who takes places must not hold the rows that others wait for.
    """
    rows = ConcurrencySlot.objects.ended()
    rows = rows if jobs is None else rows.filter(job__in=jobs)
    with transaction.atomic():
        locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        found = list(locked.values_list("pk", flat=True))
        return ConcurrencySlot.objects.filter(pk__in=found).delete()[0] if found else 0


def has_room() -> Q:
    """Runs whose limit, if their job has one, is not used up by others; all dry runs.

    Some have had a place since they were accepted, and wait. Of those the lower number comes
    first: where a limit was lowered they would else wait for one another.
    """
    others = ConcurrencySlot.objects.held().filter(
        job=OuterRef("job_model_id"), key=OuterRef("concurrency_key")
    )
    own = ConcurrencySlot.objects.filter(job_result=OuterRef(OuterRef("pk")))
    before = Q(number__lt=Coalesce(Subquery(own.values("number")), BEYOND))
    others = others.filter(Q(job_result__status=Status.STARTED.value) | before)
    counted = others.exclude(job_result=OuterRef("pk")).order_by().values("job")
    held = Coalesce(Subquery(counted.annotate(held=Count("pk")).values("held")), 0)
    unlimited = Q(job_model=None) | Q(job_model__concurrency_limit=0) | ~Q(dry_run_digest="")
    return unlimited | Q(job_model__concurrency_limit__gt=held)


def with_place(rows: QuerySet[JobResult]) -> QuerySet[JobResult]:
    """The rows with the number of the place that each of them has, as ``place``, and whether
    it needs one, as ``limited``."""
    own = ConcurrencySlot.objects.filter(job_result=OuterRef("pk"))
    limited = ExpressionWrapper(Q(dry_run_digest=""), BooleanField())
    return rows.annotate(place=Subquery(own.values("number")), limited=limited)


def holders(jobs: Iterable[UUID]) -> dict[Group, list[Holder]]:
    """The runs that hold places of these jobs, the oldest first."""
    found: dict[Group, list[Holder]] = defaultdict(list)
    rows = ConcurrencySlot.objects.held().filter(job__in=jobs).order_by("job_result__date_created")
    told = rows.values_list("job_id", "key", "job_result_id", "number", "job_result__status")
    for job, key, run, number, status in told:
        found[job, key].append(Holder(run, number, status == Status.STARTED))
    return found


def unfinished(job: UUID, key: str) -> QuerySet[JobResult]:
    """Runs of a job with that key that wait or go on, the oldest first; dry runs are in no way."""
    rows = JobResult.objects.filter(job_model=job, concurrency_key=key, dry_run_digest="")
    return rows.filter(status__in=(Status.PENDING, Status.STARTED)).order_by("date_created", "pk")


def _numbers(groups: Collection[Group]) -> dict[Group, dict[int, UUID]]:
    found: dict[Group, dict[int, UUID]] = defaultdict(dict)
    rows = ConcurrencySlot.objects.filter(
        job__in={job for job, _ in groups}, key__in={key for _, key in groups}
    )
    for job, key, number, run in rows.values_list("job_id", "key", "number", "job_result_id"):
        found[job, key][number] = run
    return found
