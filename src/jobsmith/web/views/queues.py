"""Queues."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.queue_state import drain_queue, pause_queue, resume_queue
from jobsmith.actions.save_queue import create_queue, update_queue
from jobsmith.actions.stale import Seen
from jobsmith.engines import serves
from jobsmith.filters.queues_told import loads
from jobsmith.filters.tables import QUEUES
from jobsmith.models import JobQueue, Tag, Worker
from jobsmith.policies import Actor

from ..page import page
from ..records import RecordForm, RecordPages

JOBS_SHOWN = 100
ACTS = ("pause", "resume", "drain")


class QueueForm(RecordForm):
    """A queue."""

    class Meta:
        model = JobQueue
        fields = ("name", "description", "queue_type", "tags")
        labels = {"queue_type": "Taken by"}
        help_texts = {"name": "Workers are started with this name."}

    def __init__(self, data: Any = None, *, row: JobQueue, user: Actor) -> None:
        """Offers only what is served, and what the queue has already."""
        super().__init__(data, row=row, user=user)
        kinds = JobQueue.Type.choices
        kept = [each for each in kinds if serves(each[0]) or each[0] == row.queue_type]
        self.fields["queue_type"].choices = kept  # type: ignore[attr-defined]


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

    def add(self, request: HttpRequest, values: dict[str, Any]) -> JobQueue:
        """Create it."""
        return create_queue(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: JobQueue, values: dict[str, Any], seen: Seen
    ) -> JobQueue:
        """Change it."""
        return update_queue(row, user=request.user, values=values, seen=seen)

    def listed(self, rows: QuerySet[JobQueue], user: Actor) -> QuerySet[JobQueue]:
        """With the number of their jobs, and those of their tags that the viewer may see."""
        counted = rows.annotate(job_count=Count("job_assignments"))
        return counted.prefetch_related(Prefetch("tags", policies.viewable(Tag, user)))

    def row_facts(self, rows: list[JobQueue], user: Actor) -> Mapping[str, Any]:
        """Each with its workers, and the runs in sight that wait and go on in it."""
        found = loads(rows, user)
        return {"entries": [{"row": row, "load": found[row.pk]} for row in rows]}

    def facts(self, row: JobQueue, user: Actor) -> Mapping[str, Any]:
        """Its jobs and workers, and what goes on in it."""
        jobs = policies.jobs(user).filter(job_queues=row).order_by("name")
        return {
            "jobs": jobs[:JOBS_SHOWN],
            "load": loads([row], user)[row.pk],
            "may_drain": policies.allowed(user, "change", Worker),
            "acts": {each: self.address(f"_{each}", row) for each in ACTS},
        }

    def pause(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Have nothing taken from it."""
        said = "Paused: runs are accepted and wait. Those that go on are left alone."
        return self._put(request, pk, pause_queue, said)

    def drain(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Have it accept nothing new."""
        said = "It drains: it takes no new runs, and those that wait are still run."
        return self._put(request, pk, drain_queue, said)

    def resume(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Have it go on."""
        return self._put(request, pk, resume_queue, "Resumed.")

    def urls(self, prefix: str) -> list[URLPattern]:
        """The usual addresses, and those of the acts."""
        acts = [(name, page(require_POST(getattr(self, name)))) for name in ACTS]
        return [
            *super().urls(prefix),
            *(path(f"{prefix}<str:pk>/{name}/", act, name=f"queue_{name}") for name, act in acts),
        ]

    def _put(
        self, request: HttpRequest, pk: str, verb: Callable[..., JobQueue], said: str
    ) -> HttpResponse:
        self.require(request.user, "change")
        row = self._find(self.rows(request.user, "change"), pk)
        verb(row, user=request.user)
        messages.success(request, said, fail_silently=True)
        return redirect(self.address("", row))
