"""Approvals on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.filters.labels import wire_label
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
    ScheduledJob,
)
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, RecordSerializer, Related, shows
from .constants import Always, notes_url
from .records import kind_label


class GroupName(serializers.CharField):
    """A group by its name, as clients expect it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, source="approver_group.name", **kwargs)


class NotedSerializer(RecordSerializer):
    """A record that takes notes."""

    notes_url = serializers.SerializerMethodField()
    custom_fields = Always({})

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, record: Any) -> str:
        """Where its notes are."""
        return notes_url(self.get_url(record))


_ENDS = ("created", "last_updated", "notes_url", "custom_fields")


@shows
class DefinitionSerializer(NotedSerializer):
    """Which requests need approval."""

    route = "approval-workflow-definition-detail"

    model_content_type = serializers.SerializerMethodField()
    model_constraints = serializers.JSONField(read_only=True)
    tags = Always([])

    class Meta:
        model = ApprovalWorkflowDefinition
        fields = (
            *COMMON,
            *("model_content_type", "name", "model_constraints", "weight"),
            *_ENDS,
            "tags",
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """What it is about."""
        return ["model_content_type"]

    def get_model_content_type(self, record: ApprovalWorkflowDefinition) -> str:
        """``app.model`` of what it is about."""
        return kind_label(record.model_content_type)


@shows
class StageDefinitionSerializer(NotedSerializer):
    """Who has to approve."""

    route = "approval-workflow-stage-definition-detail"
    related = ("approval_workflow_definition",)

    approver_group = GroupName()
    approval_workflow_definition = Related()

    class Meta:
        model = ApprovalWorkflowStageDefinition
        fields = (
            *COMMON,
            *("approver_group", "sequence", "name", "min_approvers", "denial_message"),
            "approval_workflow_definition",
            *_ENDS,
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Names of its group and of its definition, which is in its display."""
        return ["approver_group", "approval_workflow_definition"]


@shows
class ApprovalWorkflowSerializer(NotedSerializer):
    """A request for approval."""

    route = "approval-workflow-detail"
    related = ("approval_workflow_definition", "user", "scheduled_job", "job_model")

    object_under_review_content_type = serializers.SerializerMethodField()
    approval_workflow_definition = Related()
    user = Related()
    scheduled_job = Related()
    job_model = Related()
    current_state = serializers.CharField(read_only=True)
    frozen = serializers.JSONField(read_only=True)

    class Meta:
        model = ApprovalWorkflow
        fields = (
            *COMMON,
            *("object_under_review_content_type", "decision_date"),
            *("object_under_review_object_id", "current_state", "user_name"),
            *("approval_workflow_definition", "user"),
            *_ENDS,
            *("name", "state_reason", "expires_at", "digest", "frozen", "scheduled_job"),
            "job_model",
        )
        read_only_fields = fields

    def get_object_under_review_content_type(self, record: ApprovalWorkflow) -> str:
        """``app.model`` of what it is about."""
        return wire_label(ScheduledJob)


@shows
class ApprovalWorkflowStageSerializer(NotedSerializer):
    """A stage of a request."""

    route = "approval-workflow-stage-detail"
    related = ("approval_workflow", "approval_workflow_stage_definition")

    approval_workflow = Related()
    approval_workflow_stage_definition = Related()
    approver_group = GroupName()
    state = serializers.CharField(read_only=True)

    class Meta:
        model = ApprovalWorkflowStage
        fields = (
            *COMMON,
            *("decision_date", "state", "approval_workflow"),
            "approval_workflow_stage_definition",
            *_ENDS,
            *("sequence", "name", "min_approvers", "denial_message", "approver_group", "by_right"),
        )
        read_only_fields = fields

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Names of its group and of its workflow, which is in its display."""
        return ["approver_group", "approval_workflow"]


@shows
class ResponseSerializer(RecordSerializer):
    """What somebody said."""

    route = "approval-workflow-stage-response-detail"
    related = ("approval_workflow_stage", "user")

    approval_workflow_stage = Related()
    user = Related()
    state = serializers.CharField(read_only=True)

    class Meta:
        model = ApprovalWorkflowStageResponse
        fields = (
            *COMMON,
            *("comments", "state", "approval_workflow_stage", "user", "last_updated"),
            "user_name",
        )
        read_only_fields = fields

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Its stage and workflow are in its display."""
        return ["approval_workflow_stage__approval_workflow"]
