"""Queues."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Prefetch, QuerySet

from jobsmith import policies
from jobsmith.engines import listening_workers
from jobsmith.filters.tables import QUEUES
from jobsmith.lifecycle import Status
from jobsmith.models import JobQueue, Tag, Worker
from jobsmith.policies import Actor

from ..records import RecordForm, RecordPages

JOBS_SHOWN = 100


class QueueForm(RecordForm):
    """A queue."""

    class Meta:
        model = JobQueue
        fields = ("name", "description", "queue_type", "tags")
        labels = {"queue_type": "Taken by"}
        help_texts = {"name": "Workers are started with this name."}


class QueuePages(RecordPages[JobQueue]):
    """Queues."""

    model = JobQueue
    form_class = QueueForm
    table = QUEUES
    name = "queue"
    list_name = place = "queues"
    one, many = "queue", "queues"
    lead = "Where runs wait for a worker. A worker takes runs from the queues it was started with."
    gone = "Jobs leave it. Runs that waited in it are told so; runs that have ended stay."
    rows_template = "queues/rows.html"
    side_template = "queues/facts.html"

    def listed(self, rows: QuerySet[JobQueue], user: Actor) -> QuerySet[JobQueue]:
        """With the number of their jobs, and those of their tags that the viewer may see."""
        counted = rows.annotate(job_count=Count("job_assignments"))
        return counted.prefetch_related(Prefetch("tags", policies.viewable(Tag, user)))

    def row_facts(self, rows: list[JobQueue], user: Actor) -> Mapping[str, Any]:
        """Each with its workers, and the runs in sight that wait in it."""
        listening = workers_by_queue(user)
        waiting = _waiting(rows, user)
        return {
            "entries": [
                {"row": row, "workers": listening[row.name], "waiting": waiting.get(row.pk, 0)}
                for row in rows
            ]
        }

    def facts(self, row: JobQueue, user: Actor) -> Mapping[str, Any]:
        """Its jobs and workers."""
        jobs = policies.jobs(user).filter(job_queues=row).order_by("name")
        return {
            "jobs": jobs[:JOBS_SHOWN],
            "workers": [each for each in _workers(user) if row.name in each.queues],
        }


def workers_by_queue(user: Actor) -> Counter[str]:
    """How many workers listen on each queue, by its name."""
    return Counter(name for each in _workers(user) for name in set(each.queues))


def _workers(user: Actor) -> list[Worker]:
    return listening_workers(policies.workers(user).order_by("name"))


def _waiting(rows: list[JobQueue], user: Actor) -> dict[Any, int]:
    runs = policies.results(user).filter(status=Status.PENDING, job_queue__in=rows).order_by()
    return dict(runs.values_list("job_queue").annotate(Count("pk")))
