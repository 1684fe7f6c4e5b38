"""Log lines of runs."""

from django.db import models

from .base import time_ordered_uuid
from .job_result import JobResult


class JobLogEntry(models.Model):
    """One line; ``seq`` is dense from 1 in each run, given by the supervisor."""

    class Level(models.TextChoices):
        """Levels, lightest first."""

        DEBUG = "debug"
        INFO = "info"
        SUCCESS = "success"
        WARNING = "warning"
        FAILURE = "failure"
        ERROR = "error"
        CRITICAL = "critical"

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    job_result = models.ForeignKey(
        JobResult, models.CASCADE, related_name="job_log_entries", db_index=False
    )
    seq = models.PositiveIntegerField()
    log_level = models.CharField(max_length=32, choices=Level.choices, default=Level.INFO)
    grouping = models.CharField(max_length=100, default="main")
    message = models.TextField(blank=True)
    created = models.DateTimeField(db_index=True)
    log_object = models.CharField(max_length=200, blank=True)
    absolute_url = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("created", "seq")
        verbose_name_plural = "job log entries"
        constraints = (
            models.UniqueConstraint(fields=("job_result", "seq"), name="jobsmith_log_seq"),
        )
        indexes = (
            models.Index(fields=("job_result", "log_level", "seq"), name="jobsmith_log_level"),
        )

    def __str__(self) -> str:
        return self.message
