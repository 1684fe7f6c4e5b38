"""Workers and schedulers."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.drain_worker import drain_worker, resume_worker
from jobsmith.filters.tables import WORKERS
from jobsmith.models import Worker
from jobsmith.policies import Actor

from ..describing import described
from ..serializers import WorkerSerializer
from .base import FREE, RecordViewSet


class WorkerViewSet(RecordViewSet):
    """Processes that take runs or watch the clock; their health is shown to everybody."""

    model = Worker
    serializer_class = WorkerSerializer
    filters = WORKERS
    rights = {"list": FREE, "retrieve": FREE, "drain": "change", "resume": "change"}

    def rows(self, user: Actor, right: str) -> QuerySet[Worker]:
        """All of them; those that the user may change."""
        if right == FREE:
            return policies.workers(user)
        return policies.scoped(Worker, user, right)

    @described(request=None, responses=WorkerSerializer)
    @action(detail=True, methods=["post"])
    def drain(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have it take nothing more; its runs go on."""
        return self._put(drain_worker)

    @described(request=None, responses=WorkerSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have it take runs again."""
        return self._put(resume_worker)

    def _put(self, verb: Callable[..., Worker]) -> Response:
        worker = verb(self.get_object(), user=self.request.user)
        return Response(self.represent([worker])[0])
