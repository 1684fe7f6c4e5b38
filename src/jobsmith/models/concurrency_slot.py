"""Places under the concurrency limits of jobs."""

from django.db import models
from django.db.models.functions import Now

from jobsmith.lifecycle import FINAL

from .base import Record
from .job import Job
from .job_result import JobResult


class SlotQuerySet(models.QuerySet["ConcurrencySlot"]):
    """Slots, by whether anybody holds them still."""

    def held(self) -> "SlotQuerySet":
        """Those whose run has not ended."""
        return self.exclude(job_result__status__in=FINAL)

    def ended(self) -> "SlotQuerySet":
        """Those that are nobody's any more."""
        return self.filter(job_result__status__in=FINAL)


class ConcurrencySlot(Record):
    """One of the places under the limit of a job; its run holds it for as long as it has not ended.

    Nothing has to give it back, so nothing can forget to: a run ends once, and for good.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="concurrency_slots")
    key = models.CharField(max_length=64, blank=True)
    """The `JobResult.concurrency_key` of the runs that share the limit."""
    number = models.PositiveSmallIntegerField()
    """From 1 to the limit."""
    job_result = models.OneToOneField(JobResult, models.CASCADE, related_name="concurrency_slot")
    taken_at = models.DateTimeField(db_default=Now())

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ("job", "key", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("job", "key", "number"), name="jobsmith_one_run_a_slot"
            ),
        )

    def __str__(self) -> str:
        return f"{self.job}: {self.number}"
