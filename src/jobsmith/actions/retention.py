"""Which runs have been kept for long enough."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from jobsmith.conf import conf
from jobsmith.lifecycle import FINAL, Status
from jobsmith.models import Job, JobResult

from .transactions import database_now

GOOD = (Status.SUCCESS.value,)
BAD = tuple(each.value for each in FINAL if each is not Status.SUCCESS)


def overdue() -> Iterator[QuerySet[JobResult]]:
    """Runs to delete, the longest ended first, rule by rule; a run may be in more than one.

    Never in them: runs that have not ended, pinned ones, and the newest of each job.
    """
    spare = deletable().exclude(pk__in=_newest())
    yield from _too_old(spare, "keep_days", conf().keep_days, GOOD)
    yield from _too_old(spare, "keep_failed_days", conf().keep_failed_days, BAD)
    yield from _too_many(spare)


def deletable() -> QuerySet[JobResult]:
    """Runs that have ended and are not pinned."""
    return JobResult.objects.filter(status__in=(*GOOD, *BAD), pinned=False)


def _newest() -> list[UUID]:
    """As a list, which is short: a condition on each of a million runs would take minutes."""
    runs = JobResult.objects.filter(job_model=OuterRef("pk")).order_by("-date_created")
    jobs = Job.objects.annotate(newest=Subquery(runs.values("pk")[:1]))
    found = jobs.exclude(newest=None).order_by().values_list("newest", flat=True)
    return [key for key in found if key]


def _too_old(
    spare: QuerySet[JobResult], field: str, default: int, statuses: tuple[str, ...]
) -> Iterator[QuerySet[JobResult]]:
    rows, now = spare.filter(status__in=statuses).order_by("date_done"), database_now()
    for days, jobs in rules(field, default):
        if days > 0:
            yield rows.filter(jobs, date_done__lt=now - timedelta(days=days))


def rules(field: str, default: int) -> Iterator[tuple[int, Q]]:
    """Days, and what of each job is kept for so many."""
    said: dict[int, list[UUID]] = {}
    for job, days in Job.objects.exclude(**{field: None}).values_list("pk", field):
        said.setdefault(days, []).append(job)
    yield from ((days, Q(job_model__in=jobs)) for days, jobs in said.items())
    yield default, ~Q(job_model__in=[job for jobs in said.values() for job in jobs])


def _too_many(spare: QuerySet[JobResult]) -> Iterator[QuerySet[JobResult]]:
    most = Coalesce("keep_runs", conf().keep_runs)
    for job, kept in Job.objects.annotate(most=most).filter(most__gt=0).values_list("pk", "most"):
        newest = deletable().filter(job_model=job).order_by("-date_created")
        for last in newest.values_list("date_created", flat=True)[kept - 1 : kept]:
            yield spare.filter(job_model=job, date_created__lt=last).order_by("date_created")
