"""Queues that hold runs back: paused ones all, and those that drain what came since."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from jobsmith.models import JobQueue, JobResult

State = JobQueue.State


def closed() -> QuerySet[JobQueue]:
    """Of the run that the query around is at: its queue, if the run has to wait in it."""
    return _queue().filter(Q(state=State.PAUSED) | _came_late())


def with_late(rows: QuerySet[JobResult]) -> QuerySet[JobResult]:
    """The rows with whether their queue was being drained when each of them came, as ``late``."""
    return rows.annotate(late=Exists(_queue().filter(_came_late())))


def _queue() -> QuerySet[JobQueue]:
    return JobQueue.objects.filter(pk=OuterRef("job_queue_id"))


def _came_late() -> Q:
    return Q(state=State.DRAINING, state_since__lt=OuterRef("date_created"))
