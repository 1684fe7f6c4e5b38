"""A stage of an approval workflow, as it was defined when approval was asked for."""

from typing import ClassVar

from django.contrib.auth.models import Group
from django.db import models

from .approval_workflow import ApprovalState, ApprovalWorkflow
from .approval_workflow_stage_definition import ApprovalWorkflowStageDefinition
from .base import ChangeLogged


class ApprovalWorkflowStage(ChangeLogged):
    """Somebody has to approve here before the next stage begins."""

    approval_workflow = models.ForeignKey(
        ApprovalWorkflow, models.CASCADE, editable=False, related_name="approval_workflow_stages"
    )
    approval_workflow_stage_definition = models.ForeignKey(
        ApprovalWorkflowStageDefinition,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="approval_workflow_stages",
    )
    sequence = models.PositiveIntegerField(default=0, editable=False)
    name = models.CharField(max_length=255, editable=False)
    min_approvers = models.PositiveIntegerField(default=1, editable=False)
    denial_message = models.CharField(max_length=255, blank=True, editable=False)
    approver_group = models.ForeignKey(
        Group, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    by_right = models.BooleanField(default=False, editable=False)
    """Decided by anybody with the right to approve the job, instead of by a group."""
    state = models.CharField(
        max_length=30,
        choices=ApprovalState.choices,
        default=ApprovalState.PENDING,
        editable=False,
        db_index=True,
    )
    decision_date = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("approval_workflow", "sequence")
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("approval_workflow", "sequence"), name="jobsmith_stages_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.approval_workflow}: {self.name}"
