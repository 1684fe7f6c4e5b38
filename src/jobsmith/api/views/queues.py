"""Queues."""

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith.actions.queue_state import drain_queue, pause_queue, resume_queue
from jobsmith.actions.save_queue import create_queue, update_queue
from jobsmith.filters.queues_told import loads
from jobsmith.filters.tables import QUEUES
from jobsmith.models import JobQueue

from ..bodies import QueueBody
from ..describing import described
from ..serializers import QueueSerializer
from .editable import CreatableViewSet
from .notes import NotesMixin


class WorkerLoad(serializers.Serializer[Any]):
    """A worker that lives."""

    name = serializers.CharField(source="worker.name")
    hostname = serializers.CharField(source="worker.hostname")
    slots = serializers.IntegerField(source="worker.slots")
    busy = serializers.IntegerField(help_text="Slots that are taken.")
    draining = serializers.BooleanField(source="worker.draining")
    beat_at = serializers.DateTimeField(source="worker.beat_at")


class QueueLoad(serializers.Serializer[Any]):
    """What is going on in a queue, as far as the caller may see its runs."""

    waiting = serializers.IntegerField()
    running = serializers.IntegerField()
    oldest_waiting = serializers.DateTimeField(source="oldest", allow_null=True)
    slots = serializers.IntegerField(help_text="Of the workers that take runs from it.")
    busy = serializers.IntegerField()
    workers = WorkerLoad(many=True)


class QueueViewSet(NotesMixin, CreatableViewSet):
    """Queues."""

    model = JobQueue
    serializer_class = QueueSerializer
    body_class = QueueBody
    filters = QUEUES
    rights = {
        **CreatableViewSet.rights,
        **NotesMixin.on_notes,
        **dict.fromkeys(("pause", "resume", "drain"), "change"),
        "load": "view",
    }

    def add(self, values: Mapping[str, Any]) -> JobQueue:
        """Create one that is served."""
        return create_queue(user=self.request.user, values=values)

    def change(self, record: JobQueue, values: Mapping[str, Any]) -> JobQueue:
        """Change one."""
        return update_queue(record, user=self.request.user, values=values)

    @described(request=None, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have nothing taken from it; runs are accepted and wait."""
        return self._put(pause_queue)

    @described(request=None, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def drain(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have it accept no new run; what waits is still taken."""
        return self._put(drain_queue)

    @described(request=None, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have it go on."""
        return self._put(resume_queue)

    @described(responses=QueueLoad, filters=False)
    @action(detail=True)
    def load(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How many runs wait and go on in it, and which workers it has."""
        queue = self.get_object()
        return Response(QueueLoad(loads([queue], request.user)[queue.pk]).data)

    def _put(self, verb: Callable[..., JobQueue]) -> Response:
        queue = verb(self.get_object(), user=self.request.user)
        return Response(self.represent([queue])[0])
