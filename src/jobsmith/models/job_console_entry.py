"""What a run printed."""

from django.db import models

from .base import time_ordered_uuid
from .job_result import JobResult


class JobConsoleEntry(models.Model):
    """One line of stdout or stderr; ``seq`` is dense from 1 in each run."""

    class Type(models.TextChoices):
        """Where the line came from."""

        OUTPUT = "output"
        STDOUT = "stdout"
        STDERR = "stderr"

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    job_result = models.ForeignKey(
        JobResult, models.CASCADE, related_name="job_console_entries", db_index=False
    )
    seq = models.PositiveIntegerField()
    timestamp = models.DateTimeField()
    output_type = models.CharField(max_length=10, choices=Type.choices, default=Type.OUTPUT)
    text = models.TextField()

    class Meta:
        ordering = ("timestamp", "seq")
        verbose_name_plural = "job console entries"
        constraints = (
            models.UniqueConstraint(fields=("job_result", "seq"), name="jobsmith_console_seq"),
        )

    def __str__(self) -> str:
        return self.text
