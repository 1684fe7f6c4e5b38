"""Keys by which clients repeat a request without running a job twice."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .base import Record
from .job_result import JobResult
from .scheduled_job import ScheduledJob


class IdempotencyKey(Record):
    """A key that a caller sent with a request to run, and the run that came of it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    """Keyed hash of what was asked for: inputs may be secrets that are easy to guess."""
    job_result = models.ForeignKey(JobResult, models.SET_NULL, null=True, related_name="+")
    scheduled_job = models.ForeignKey(ScheduledJob, models.SET_NULL, null=True, related_name="+")
    """The request for approval, where that came of it."""
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "key"), name="jobsmith_one_run_a_key"),
        )

    def __str__(self) -> str:
        return self.key
