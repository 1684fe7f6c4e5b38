"""A run and its outcome: the durable truth about it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from jobsmith.isolation import LABELS as ISOLATION_LABELS
from jobsmith.lifecycle import LABELS, Status, is_final

from .approval_workflow import ApprovalWorkflow
from .base import Record
from .job import Job
from .job_queue import JobQueue
from .scheduled_job import ScheduledJob


class JobResult(Record):
    """One execution of a job."""

    job_model = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="job_results")
    name = models.CharField(max_length=255, db_index=True)
    task_name = models.CharField(max_length=255, null=True, db_index=True)
    """Class path; null until started, as clients expect."""
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="job_results"
    )
    scheduled_job = models.ForeignKey(
        ScheduledJob, models.SET_NULL, null=True, related_name="job_results"
    )
    date_created = models.DateTimeField(default=timezone.now, db_index=True)
    date_started = models.DateTimeField(null=True, db_index=True)
    date_done = models.DateTimeField(null=True, db_index=True)
    status = models.CharField(
        max_length=30, choices=[(s.value, LABELS[s]) for s in Status], default="PENDING"
    )
    cause = models.CharField(max_length=40, blank=True, db_index=True)
    """How it ended, see `lifecycle.Cause`."""
    cause_detail = models.CharField(max_length=500, blank=True)
    """The cause in one sentence for people."""

    # what was asked
    class_path = models.CharField(max_length=255)
    source = models.CharField(max_length=10, default="local")
    source_key = models.CharField(max_length=120, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    """The SourceTree this run executes, whatever happens to the source meanwhile."""
    source_label = models.CharField(max_length=200, blank=True)
    isolation = models.CharField(max_length=10, blank=True)
    """One of `isolation.Isolation`; a run never gets a lower one than it was accepted with."""
    task_args = models.JSONField(default=list, blank=True)
    task_kwargs = models.JSONField(default=dict, blank=True)
    """Clean inputs in their JSON form (`inputs.codec`), never a secret."""
    sealed_kwargs = models.TextField(blank=True)
    """The secret inputs (or all of them), sealed by `inputs.vault`."""
    celery_kwargs = models.JSONField(default=dict, blank=True)
    job_queue = models.ForeignKey(JobQueue, models.SET_NULL, null=True, related_name="job_results")
    priority = models.SmallIntegerField(default=0)
    concurrency_key = models.CharField(max_length=64, blank=True)
    """Runs of a job with the same share its limit; "" where all of them do."""
    soft_time_limit = models.FloatField(default=0)
    """Seconds in force for this run."""
    time_limit = models.FloatField(default=0)
    max_retries = models.PositiveSmallIntegerField(default=0, db_default=0)
    """Attempts in force for this run, beside the first."""
    retry_rule = models.JSONField(null=True, editable=False)
    """After what it is tried again: ``on`` (names of exceptions), ``backoff`` (seconds) and
    ``worker_loss``; None for nothing."""
    console_log = models.BooleanField(default=True)
    rerun_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="reruns")
    door = models.CharField(max_length=20, blank=True)
    """Which door asked: ``web``, ``api``, ``cli``, …"""

    pinned = models.BooleanField(default=False, db_default=False)
    """Kept however old it gets."""

    in_turn = models.BooleanField(default=False, db_default=False, editable=False)
    """It begins only when the runs that its schedule started before have ended."""

    # what let it through
    approval = models.ForeignKey(
        ApprovalWorkflow, models.SET_NULL, null=True, editable=False, related_name="job_results"
    )
    """The approval that this run rests on; of a dry run, the request that it tries out."""
    dry_run_digest = models.CharField(max_length=64, blank=True, editable=False)
    """Keyed hash of a dry run that needs no approval: it is only good for just that."""

    # waiting
    not_before = models.DateTimeField(null=True)
    waiting_reason = models.CharField(max_length=200, blank=True)

    # running
    attempt = models.PositiveIntegerField(default=0)
    """Raised by every claim; all later writes carry it."""
    worker = models.CharField(max_length=100, null=True)
    worker_id = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    progress_done = models.FloatField(null=True)
    progress_total = models.FloatField(null=True)
    progress_text = models.CharField(max_length=255, blank=True)
    canceled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    canceled_by_user_name = models.CharField(max_length=150, blank=True)
    cancel_type = models.CharField(max_length=30, blank=True)
    date_canceled = models.DateTimeField(null=True)
    """When cancelling was asked for; the supervisor polls it."""

    attempts = models.JSONField(null=True, editable=False)
    """Attempts that another one followed, the first one first; None while there are none."""

    # the end
    result = models.JSONField(null=True)
    """Return value of ``run()``, or ``{"exc_type": …}``, or ``{"__jobsmith_note__": …}``."""
    traceback = models.TextField(null=True)
    meta = models.JSONField(null=True)
    debug_log_count = models.PositiveIntegerField(null=True)
    success_log_count = models.PositiveIntegerField(null=True)
    info_log_count = models.PositiveIntegerField(null=True)
    warning_log_count = models.PositiveIntegerField(null=True)
    error_log_count = models.PositiveIntegerField(null=True)
    log_count = models.PositiveIntegerField(default=0)
    """Log rows stored so far: the highest ``seq``, kept by the log writer."""
    console_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-date_created",)
        get_latest_by = "date_created"
        indexes = (
            models.Index(fields=("-date_created",), name="jobsmith_result_created"),
            models.Index(fields=("-date_done",), name="jobsmith_result_done"),
            models.Index(fields=("status", "-date_created"), name="jobsmith_result_status"),
            models.Index(fields=("status", "-date_done"), name="jobsmith_result_status_done"),
            # With the status in them, "how did each job's last run end" is read from these alone.
            models.Index(
                fields=("job_model", "-date_created", "status"), name="jobsmith_result_job_last"
            ),
            models.Index(
                fields=("user", "job_model", "-date_created", "status"),
                name="jobsmith_result_user_last",
            ),
            models.Index(
                fields=("-priority", "date_created"),
                name="jobsmith_result_waiting",
                condition=models.Q(status="PENDING"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} created at {self.date_created} ({self.status})"

    @property
    def is_final(self) -> bool:
        """Whether the run has ended for good."""
        return is_final(self.status)

    @property
    def label(self) -> str:
        """The status in a page's words."""
        return LABELS[Status(self.status)]

    @property
    def isolation_label(self) -> str:
        """How far it is kept from everything else, in a page's words."""
        return ISOLATION_LABELS.get(self.isolation, "")

    @property
    def duration(self) -> timedelta | None:
        """From start (or creation) to the end; None while it has none."""
        if self.date_done is None:
            return None
        return self.date_done - (self.date_started or self.date_created)

    def get_absolute_url(self) -> str:
        """The run's page."""
        return reverse("jobsmith:run", args=[self.pk])
