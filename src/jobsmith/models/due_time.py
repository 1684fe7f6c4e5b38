"""A due time of a schedule, and what came of it."""

from django.db import models
from django.db.models.functions import Now

from .base import Record
from .job_result import JobResult
from .scheduled_job import ScheduledJob


class DueTime(Record):
    """Recorded together with its run, once: that is what keeps many schedulers apart."""

    schedule = models.ForeignKey(ScheduledJob, models.CASCADE, related_name="due_times")
    due_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    job_result = models.ForeignKey(JobResult, models.SET_NULL, null=True, related_name="+")
    skipped = models.CharField(max_length=200, blank=True)
    """Why there is no run, in one sentence; "" where there was one."""

    class Meta:
        ordering = ("-due_at",)
        constraints = (
            models.UniqueConstraint(fields=("schedule", "due_at"), name="jobsmith_due_once"),
        )

    def __str__(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M:%S}"
