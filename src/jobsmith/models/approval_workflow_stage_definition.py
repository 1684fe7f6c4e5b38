"""One step of an approval workflow."""

from typing import ClassVar

from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models

from .approval_workflow_definition import ApprovalWorkflowDefinition
from .base import ChangeLogged


class ApprovalWorkflowStageDefinition(ChangeLogged):
    """How many members of which group have to approve, and in which order."""

    approval_workflow_definition = models.ForeignKey(
        ApprovalWorkflowDefinition,
        models.CASCADE,
        related_name="approval_workflow_stage_definitions",
    )
    sequence = models.PositiveIntegerField()
    """Lower ones come first."""
    name = models.CharField(max_length=255)
    min_approvers = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    denial_message = models.CharField(max_length=255, blank=True)
    """Told to who asked when it was denied."""
    approver_group = models.ForeignKey(Group, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("approval_workflow_definition", "sequence")
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("approval_workflow_definition", "name"), name="jobsmith_one_stage_a_name"
            ),
            models.UniqueConstraint(
                fields=("approval_workflow_definition", "sequence"),
                name="jobsmith_one_stage_a_sequence",
            ),
        )

    def __str__(self) -> str:
        return f"{self.approval_workflow_definition}: {self.name}"
