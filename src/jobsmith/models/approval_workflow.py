"""A request to approve something, bound to all of what it asks for."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from .approval_workflow_definition import ApprovalWorkflowDefinition
from .base import ChangeLogged
from .job import Job
from .scheduled_job import ScheduledJob


class ApprovalState(models.TextChoices):
    """Where a workflow or a stage of it stands; the values are the wire's."""

    PENDING = "Pending", "Pending"
    APPROVED = "Approved", "Approved"
    DENIED = "Denied", "Denied"
    CANCELED = "Canceled", "Canceled"


class ApprovalWorkflow(ChangeLogged):
    """What somebody has asked for, and whether it may be done.

    It is decided once. What changes afterwards in what was asked for cancels it, and begins
    another one.
    """

    approval_workflow_definition = models.ForeignKey(
        ApprovalWorkflowDefinition,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="approval_workflows",
    )
    """None where the job itself asks for approval."""
    scheduled_job = models.ForeignKey(
        ScheduledJob,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="associated_approval_workflows",
    )
    object_under_review_object_id = models.UUIDField(editable=False)
    """Key of the scheduled job, also when that is gone."""
    job_model = models.ForeignKey(
        Job, models.SET_NULL, null=True, editable=False, related_name="approval_workflows"
    )
    name = models.CharField(max_length=255, editable=False)
    """What was asked for, in the words of its time."""
    current_state = models.CharField(
        max_length=30,
        choices=ApprovalState.choices,
        default=ApprovalState.PENDING,
        editable=False,
        db_index=True,
    )
    state_reason = models.CharField(max_length=255, blank=True, editable=False)
    """Why it stands there, in one sentence."""
    decision_date = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    """A request that nobody has decided until then is cancelled."""
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="approval_workflows",
    )
    """Who asked."""
    user_name = models.CharField(max_length=150, blank=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    """Keyed hash of all that is asked for: whoever approves approves just that."""
    frozen = models.JSONField(default=dict, editable=False)
    """All that is asked for but the inputs, to be shown."""
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    """Version of the code that it is about."""

    class Meta:
        ordering = ("-created",)
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("scheduled_job",),
                condition=models.Q(current_state__in=("Pending", "Approved")),
                name="jobsmith_one_approval_in_force",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_pending(self) -> bool:
        """Whether it can still be decided."""
        return self.current_state == ApprovalState.PENDING

    def get_absolute_url(self) -> str:
        """The request's page."""
        return reverse("jobsmith:approval", args=[self.pk])
