"""Job buttons."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.press_button import press_button
from jobsmith.actions.save_button import create_button, update_button
from jobsmith.filters.labels import our_name
from jobsmith.filters.tables import BUTTONS
from jobsmith.models import Job, JobButton, JobResult
from jobsmith.policies import Actor

from ..bodies.button import ButtonBody, PressBody
from ..describing import described
from ..serializers import ButtonSerializer, ResultSerializer
from .base import FREE, represent
from .editable import CreatableViewSet
from .notes import NotesMixin
from .run_answer import RunAnswer, run_answer

PressAnswer = type("PressAnswer", (serializers.Serializer,), {"job_result": ResultSerializer()})


class ButtonViewSet(NotesMixin, CreatableViewSet):
    """Job buttons."""

    model = JobButton
    serializer_class = ButtonSerializer
    body_class = ButtonBody
    filters = BUTTONS
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes, "press": FREE}
    also = {**NotesMixin.also, "press": ("run", Job)}

    def rows(self, user: Actor, right: str) -> QuerySet[JobButton]:
        """To press one takes the right to run its job, and none to the button itself."""
        if self.action == "press":
            return policies.pressable(user)
        return policies.scoped(JobButton, user, right)

    def add(self, values: Mapping[str, Any]) -> JobButton:
        """Add it."""
        return create_button(user=self.request.user, values=values)

    def change(self, record: JobButton, values: Mapping[str, Any]) -> JobButton:
        """Edit it."""
        return update_button(record, user=self.request.user, values=values)

    @described(request=PressBody, responses={201: PressAnswer, 202: RunAnswer})
    @action(detail=True, methods=["post"])
    def press(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Run its job for a record."""
        button = self.get_object()
        body = PressBody(data=request.data)
        body.is_valid(raise_exception=True)
        model = our_name(body.validated_data["object_model_name"].lower())
        key = body.validated_data["object_pk"]
        result = press_button(button, user=request.user, model=model, key=key, door="api")
        if not isinstance(result, JobResult):
            return run_answer(request, result, status=202)
        shown = represent([result], ResultSerializer, request)[0]
        return Response({"job_result": shown}, status=201)
