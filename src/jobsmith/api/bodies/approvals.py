"""Bodies about approvals."""

from typing import Any

from django.contrib.auth.models import Group
from rest_framework import serializers

from jobsmith.models import ApprovalWorkflowDefinition, ApprovalWorkflowStageDefinition

from .base import ContentTypeChoice, RecordBody, RelatedChoice


class DefinitionBody(RecordBody):
    """Which requests need approval."""

    model_content_type = ContentTypeChoice()
    model_constraints = serializers.JSONField(required=False)

    class Meta:
        model = ApprovalWorkflowDefinition
        fields = ("name", "model_content_type", "model_constraints", "weight")


class StageDefinitionBody(RecordBody):
    """Who has to approve."""

    approval_workflow_definition = RelatedChoice(ApprovalWorkflowDefinition)
    approver_group = RelatedChoice(Group)

    class Meta:
        model = ApprovalWorkflowStageDefinition
        fields = (
            *("approval_workflow_definition", "sequence", "name", "min_approvers"),
            *("denial_message", "approver_group"),
        )
        extra_kwargs = {"min_approvers": {"required": True}}
        validators: list[Any] = []  # the record says it once


class SaidBody(serializers.Serializer[None]):
    """What is said with a decision."""

    comments = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=255
    )

    def said(self) -> str:
        """The comment; "" without one."""
        return self.validated_data.get("comments") or ""


class ApproveBody(SaidBody):
    """What is said with an approval."""

    digest = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        trim_whitespace=False,
        help_text="The workflow's digest as the approver has seen it.",
    )

    def seen(self) -> str:
        """The digest; "" without one."""
        return self.validated_data.get("digest") or ""
