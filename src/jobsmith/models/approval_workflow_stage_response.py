"""What somebody said to a stage of an approval workflow."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from .approval_workflow_stage import ApprovalWorkflowStage
from .base import Record


class ApprovalWorkflowStageResponse(Record):
    """A vote or a comment; written by actions only, and never changed."""

    class State(models.TextChoices):
        """What was said; the values are the wire's."""

        COMMENT = "Comment", "Comment"
        APPROVED = "Approved", "Approved"
        DENIED = "Denied", "Denied"
        CANCELED = "Canceled", "Canceled"

    approval_workflow_stage = models.ForeignKey(
        ApprovalWorkflowStage,
        models.CASCADE,
        editable=False,
        related_name="approval_workflow_stage_responses",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    user_name = models.CharField(max_length=150, editable=False)
    comments = models.CharField(max_length=255, blank=True, editable=False)
    state = models.CharField(max_length=30, choices=State.choices, editable=False)
    last_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("last_updated",)
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("approval_workflow_stage", "user"),
                condition=models.Q(state__in=("Approved", "Denied")),
                name="jobsmith_one_vote_a_stage",
            ),
        )

    def __str__(self) -> str:
        return f"{self.approval_workflow_stage} by {self.user_name}: {self.state}"
