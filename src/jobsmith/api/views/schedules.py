"""Schedules."""

from collections.abc import Callable
from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith.actions.delete_schedule import delete_schedule
from jobsmith.actions.edit_schedule import edit_schedule, edited_inputs
from jobsmith.actions.save_schedule import (
    dry_run_schedule,
    pause_schedule,
    resume_schedule,
    run_schedule_now,
    skip_next_due,
)
from jobsmith.actions.transfer_schedule import receiver, transfer_schedule
from jobsmith.filters.tables import SCHEDULES
from jobsmith.models import Job, JobResult, ScheduledJob

from ..describing import described
from ..run_body import EditBody, TransferBody
from ..serializers import ResultSerializer, ScheduledJobSerializer
from .base import represent
from .editable import DeletableViewSet
from .notes import NotesMixin
from .run_answer import RunAnswer, run_answer


class ScheduledJobViewSet(NotesMixin, DeletableViewSet):
    """Schedules; they are made by running a job with one."""

    model = ScheduledJob
    serializer_class = ScheduledJobSerializer
    filters = SCHEDULES
    rights = {
        **DeletableViewSet.rights,
        **NotesMixin.on_notes,
        **dict.fromkeys(("pause", "resume", "skip"), "change"),
        **dict.fromkeys(("run", "dry_run"), "view"),
        **dict.fromkeys(("edit", "transfer"), "change"),
    }
    also = {
        **NotesMixin.also,
        **dict.fromkeys(("run", "dry_run", "edit", "transfer"), ("run", Job)),
    }

    def remove(self, record: ScheduledJob) -> None:
        """Delete the schedule, and what waits for approval with it."""
        delete_schedule(record, user=self.request.user)

    @described(request=None, responses=ScheduledJobSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Switch it off until it is resumed."""
        return self._changed(pause_schedule)

    @described(request=None, responses=ScheduledJobSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Switch it on; what was due in the pause is not made up for."""
        return self._changed(resume_schedule)

    @described(request=None, responses=ScheduledJobSerializer)
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let its next due time pass without a run."""
        return self._changed(skip_next_due)

    @described(request=EditBody, responses=ScheduledJobSerializer)
    @action(detail=True, methods=["post"])
    def edit(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what it runs with: inputs that are not named stay, and it does not run now."""
        body = EditBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked, schedule, user = body.validated_data, self.get_object(), request.user
        inputs = edited_inputs(schedule, asked.get("data", {}), user=user)
        priority = asked.get("priority")
        changed = edit_schedule(schedule, user=user, inputs=inputs, priority=priority)
        return Response(self.represent([changed])[0])

    @described(request=TransferBody, responses=ScheduledJobSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have it run in another user's name, or in one's own; it does not run now."""
        body = TransferBody(data=request.data)
        body.is_valid(raise_exception=True)
        schedule, user = self.get_object(), request.user
        to = receiver(body.validated_data["user"], user=user)
        return Response(self.represent([transfer_schedule(schedule, user=user, to=to)])[0])

    @described(request=None, responses={201: ResultSerializer, 202: RunAnswer})
    @action(detail=True, methods=["post"])
    def run(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Run its job with its inputs once more, in the name of who asks; its due times stay."""
        result = run_schedule_now(self.get_object(), user=request.user, door="api")
        if not isinstance(result, JobResult):
            return run_answer(request, result, status=202)
        shown = represent([result], ResultSerializer, request, frozenset({"computed_fields"}))
        return Response(shown[0], status=201)

    @described(request=None, responses={200: ResultSerializer, 202: RunAnswer})
    @action(detail=True, methods=["post"], url_path="dry-run")
    def dry_run(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Try its job with its inputs, in the name of who asks; its due times stay."""
        result = dry_run_schedule(self.get_object(), user=request.user, door="api")
        if not isinstance(result, JobResult):
            return run_answer(request, result, status=202)
        shown = represent([result], ResultSerializer, request, frozenset({"computed_fields"}))
        return Response(shown[0])

    def _changed(self, verb: Callable[..., ScheduledJob]) -> Response:
        schedule = verb(self.get_object(), user=self.request.user)
        return Response(self.represent([schedule])[0])
