"""Approvals: definitions are edited, requests are decided; nobody writes a decision."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, comment_stage, deny_stage
from jobsmith.actions.save_definition import (
    create_definition,
    delete_definition,
    update_definition,
)
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.filters.approvals import (
    APPROVALS,
    DEFINITIONS,
    RESPONSES,
    STAGE_DEFINITIONS,
    STAGES,
)
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
)
from jobsmith.policies import Actor

from ..bodies import ApproveBody, DefinitionBody, SaidBody, StageDefinitionBody
from ..describing import described
from ..serializers import (
    ApprovalWorkflowSerializer,
    ApprovalWorkflowStageSerializer,
    DefinitionSerializer,
    ResponseSerializer,
    ResultSerializer,
    StageDefinitionSerializer,
)
from .base import FREE, RecordViewSet, represent
from .editable import CreatableViewSet, field_errors
from .notes import NotesMixin


class DefinitionViewSet(NotesMixin, CreatableViewSet):
    """Which requests need approval."""

    model = ApprovalWorkflowDefinition
    serializer_class = DefinitionSerializer
    body_class = DefinitionBody
    filters = DEFINITIONS
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes}

    def add(self, values: Mapping[str, Any]) -> ApprovalWorkflowDefinition:
        """Define."""
        return create_definition(user=self.request.user, values=values)

    def change(
        self, record: ApprovalWorkflowDefinition, values: Mapping[str, Any]
    ) -> ApprovalWorkflowDefinition:
        """Define otherwise."""
        return update_definition(record, user=self.request.user, values=values)

    def remove(self, record: ApprovalWorkflowDefinition) -> None:
        """Delete, unless requests wait by it."""
        delete_definition(record, user=self.request.user)


class StageDefinitionViewSet(NotesMixin, CreatableViewSet):
    """Who has to approve, in which order."""

    model = ApprovalWorkflowStageDefinition
    serializer_class = StageDefinitionSerializer
    body_class = StageDefinitionBody
    filters = STAGE_DEFINITIONS
    rights = {**CreatableViewSet.rights, **NotesMixin.on_notes}

    def remove(self, record: ApprovalWorkflowStageDefinition) -> None:
        """Delete, unless requests wait by it."""
        delete_definition(record, user=self.request.user)


class ApprovalWorkflowViewSet(NotesMixin, RecordViewSet):
    """Requests for approval; everybody sees their own."""

    model = ApprovalWorkflow
    serializer_class = ApprovalWorkflowSerializer
    filters = APPROVALS
    rights = {
        **dict.fromkeys((*RecordViewSet.rights, "cancel", "dry_run"), FREE),
        **NotesMixin.on_notes,
    }

    def rows(self, user: Actor, right: str) -> QuerySet[Any]:
        """The user's own ones too, where no right is asked for."""
        return policies.requests(user) if right == FREE else super().rows(user, right)

    @described(request=SaidBody, responses=ApprovalWorkflowSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take the request back; whoever asked may, and whoever may change requests."""
        body = self._read(SaidBody, request)
        with field_errors():
            row = cancel_approval(self.get_object(), user=request.user, comments=body.said())
        return Response(self.represent([row])[0])

    @described(request=None, responses={201: ResultSerializer})
    @action(detail=True, methods=["post"], url_path="dry-run")
    def dry_run(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start the dry run of the request, in the name of one of its approvers."""
        run = start_dry_run(self.get_object(), user=request.user, door="api")
        return Response(represent([run], ResultSerializer, request)[0], status=201)

    def _read(self, kind: type[Any], request: Request) -> Any:
        body = kind(data=request.data)
        body.is_valid(raise_exception=True)
        return body


class ApprovalWorkflowStageViewSet(NotesMixin, RecordViewSet):
    """Stages of requests: here they are decided."""

    model = ApprovalWorkflowStage
    serializer_class = ApprovalWorkflowStageSerializer
    filters = STAGES
    rights = {
        **RecordViewSet.rights,
        "approve": "change",
        "deny": "change",
        "comment": "change",
        **NotesMixin.on_notes,
    }

    @described(request=ApproveBody, responses=ApprovalWorkflowStageSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Approve the stage; with the last approval that it takes the request starts."""
        body = self._read(ApproveBody, request)
        return self._answer(approve_stage, comments=body.said(), seen=body.seen())

    @described(request=SaidBody, responses=ApprovalWorkflowStageSerializer)
    @action(detail=True, methods=["post"])
    def deny(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Deny the stage, and with it the request."""
        return self._answer(deny_stage, comments=self._read(SaidBody, request).said())

    @described(request=SaidBody, responses=ApprovalWorkflowStageSerializer)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say something without a decision."""
        return self._answer(comment_stage, comments=self._read(SaidBody, request).said())

    def _read(self, kind: type[Any], request: Request) -> Any:
        body = kind(data=request.data)
        body.is_valid(raise_exception=True)
        return body

    def _answer(self, act: Any, **said: str) -> Response:
        with field_errors():
            row = act(self.get_object(), user=self.request.user, **said)
        return Response(self.represent([row])[0])


class ResponseViewSet(RecordViewSet):
    """What was said to stages."""

    model = ApprovalWorkflowStageResponse
    serializer_class = ResponseSerializer
    filters = RESPONSES
