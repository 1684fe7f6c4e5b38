"""What came of a change that a job hook answers."""

from django.db import models
from django.db.models.functions import Now

from .base import Record, time_ordered_uuid
from .job_hook import JobHook
from .job_result import JobResult
from .object_change import ObjectChange


class HookFiring(Record):
    """Recorded together with its run, once: that is what keeps many dispatchers apart."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    hook = models.ForeignKey(JobHook, models.CASCADE, related_name="firings")
    change = models.ForeignKey(ObjectChange, models.CASCADE, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), db_index=True)
    job_result = models.ForeignKey(JobResult, models.SET_NULL, null=True, related_name="+")
    skipped = models.CharField(max_length=200, blank=True)
    """Why there is no run, in one sentence; "" where there was one."""

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("hook", "change"), name="jobsmith_hook_once"),
        )

    def __str__(self) -> str:
        return f"{self.hook_id} {self.change_id}"
