"""What came of a message that a webhook has taken."""

from django.db import models
from django.db.models.functions import Now

from .base import Record, time_ordered_uuid
from .job_result import JobResult
from .job_webhook import JobWebhook
from .scheduled_job import ScheduledJob


class JobWebhookDelivery(Record):
    """A signed message, and what came of it. The message itself is not kept."""

    class Outcome(models.TextChoices):
        """What came of it."""

        RECEIVED = "received", "Received"
        STARTED = "started", "Started"
        WAITS = "waits", "Waits for approval"
        PASSED = "passed", "Passed by"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    webhook = models.ForeignKey(JobWebhook, models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=64, editable=False)
    """What tells it from others: the same message comes to one run, however often it is sent."""
    delivery_id = models.CharField(max_length=100, blank=True)
    """What its sender calls it."""
    received_at = models.DateTimeField(db_default=Now(), db_index=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.RECEIVED)
    said = models.CharField(max_length=300, blank=True)
    """Why nothing started, in a sentence."""
    job_result = models.ForeignKey(
        JobResult, models.SET_NULL, null=True, related_name="webhook_deliveries"
    )
    scheduled_job = models.ForeignKey(
        ScheduledJob, models.SET_NULL, null=True, related_name="webhook_deliveries"
    )
    """What waits, or waited, for approval."""

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("webhook", "key"), name="jobsmith_delivery_once"),
        )
        indexes = (models.Index(fields=("webhook", "-received_at"), name="jobsmith_delivery_last"),)

    def __str__(self) -> str:
        return self.delivery_id or self.key[:12]

    @property
    def has_started(self) -> bool:
        """Whether it has come to a run or a request, so that it starts nothing more."""
        return self.outcome in (self.Outcome.STARTED, self.Outcome.WAITS)
