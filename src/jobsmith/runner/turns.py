"""Runs of a schedule that go one after the other.

Who is ahead only ever gets less: a run ends once, and nothing is started before another one later.
So a look is enough, and nothing has to be held.
"""

from django.db.models import Case, OuterRef, QuerySet, Subquery, When

from jobsmith.lifecycle import FINAL
from jobsmith.models import JobResult


def ahead() -> QuerySet[JobResult]:
    """Of the run that the query around is at: what its schedule started before, the oldest
    first, as far as it has not ended."""
    earlier = JobResult.objects.filter(
        scheduled_job=OuterRef("scheduled_job_id"), date_created__lt=OuterRef("date_created")
    )
    return earlier.exclude(status__in=FINAL).order_by("date_created")


def with_ahead(rows: QuerySet[JobResult]) -> QuerySet[JobResult]:
    """The rows with the key of the run that each of them must wait for, as ``ahead``."""
    first = Subquery(ahead().values("pk")[:1])
    return rows.annotate(ahead=Case(When(in_turn=True, then=first), default=None))
