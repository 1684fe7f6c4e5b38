"""A job with inputs and due times."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .base import Record
from .blackout_calendar import BlackoutCalendar
from .job import Job
from .job_queue import JobQueue
from .natural import Named


class ScheduledJob(Named, Record):
    """A job that starts by the clock."""

    class Interval(models.TextChoices):
        """How often; the values are the wire's."""

        IMMEDIATELY = "immediately", "Once immediately"
        FUTURE = "future", "Once in the future"
        HOURLY = "hourly", "Recurring hourly"
        DAILY = "daily", "Recurring daily"
        WEEKLY = "weekly", "Recurring weekly"
        CUSTOM = "custom", "Recurring custom"

    class State(models.TextChoices):
        """Where the schedule stands."""

        ACTIVE = "active", "Active"
        PENDING = "pending", "Pending Approval"
        DENIED = "denied", "Approval Denied"
        CANCELED = "canceled", "Approval Canceled"
        COMPLETED = "completed", "Completed"
        ERRORED = "errored", "Errored"

    class Misfire(models.TextChoices):
        """What becomes of due times at which no scheduler ran."""

        RUN_ONCE = "run_once", "Run once"
        SKIP = "skip", "Skip them"
        RUN_ALL = "run_all", "Run for each"

    class Overlap(models.TextChoices):
        """What becomes of a due time while an earlier run of the schedule has not ended."""

        ALLOW = "allow", "Run beside it"
        QUEUE = "queue", "Wait for it"
        SKIP = "skip", "Skip this time"
        REPLACE = "replace", "Stop it and run anew"

    class Blackout(models.TextChoices):
        """What becomes of a due time in one of its blackouts."""

        SKIP = "skip", "Skip this time"
        RUN_AFTER = "run_after", "Run after it"

    name = models.CharField(max_length=255, unique=True)
    task = models.CharField(max_length=201, db_index=True)
    job_model = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="scheduled_jobs")
    interval = models.CharField(max_length=255, choices=Interval.choices)
    crontab = models.CharField(max_length=255, blank=True)
    every_minutes = models.PositiveIntegerField(default=0, db_default=0)
    """From due time to due time, counted from the start; in place of a crontab, else 0."""
    rrule = models.CharField(max_length=255, blank=True, default="", db_default="")
    """In place of a crontab."""
    args = models.JSONField(default=list, blank=True)
    kwargs = models.JSONField(default=dict, blank=True)
    sealed_kwargs = models.TextField(default="", blank=True, editable=False)
    """Inputs that are secret, sealed."""
    celery_kwargs = models.JSONField(default=dict, blank=True)
    one_off = models.BooleanField(default=False)
    start_time = models.DateTimeField(default=timezone.now)
    time_zone = models.CharField(max_length=63, default="UTC")
    state = models.CharField(
        max_length=30, choices=State.choices, default=State.ACTIVE, db_index=True
    )
    state_reason = models.CharField(max_length=200, blank=True, editable=False)
    """Why it stands there, in one sentence; "" where the state says enough."""
    enabled = models.BooleanField(default=True)
    last_run_at = models.DateTimeField(null=True, editable=False)
    total_run_count = models.PositiveIntegerField(default=0, editable=False)
    date_changed = models.DateTimeField(auto_now=True)
    description = models.TextField(blank=True)
    job_queue = models.ForeignKey(
        JobQueue, models.SET_NULL, null=True, related_name="scheduled_jobs"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="scheduled_jobs"
    )
    priority = models.SmallIntegerField(default=0)
    """Of its runs."""
    decision_date = models.DateTimeField(null=True, editable=False)
    misfire = models.CharField(max_length=20, choices=Misfire.choices, default=Misfire.RUN_ONCE)
    overlap = models.CharField(
        max_length=20, choices=Overlap.choices, default=Overlap.ALLOW, db_default="allow"
    )
    end_time = models.DateTimeField(null=True, blank=True)
    """Nothing is due after it."""
    pause_after_failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    """It is paused when so many of its runs in a row did not succeed; 0 means never."""
    jitter_seconds = models.PositiveIntegerField(default=0, db_default=0)
    """Its runs start up to so many seconds after they are due."""
    blackout_calendars = models.ManyToManyField(
        BlackoutCalendar, blank=True, related_name="scheduled_jobs"
    )
    blackout = models.CharField(
        max_length=20, choices=Blackout.choices, default=Blackout.SKIP, db_default="skip"
    )
    next_due_at = models.DateTimeField(null=True, editable=False, db_index=True)
    """The earliest due time that is not recorded yet; null while there is none to wait for."""

    held_until = models.DateTimeField(null=True, editable=False)
    """Nobody looks at the due time that has come before this; null until it has come."""

    asked = models.JSONField(default=dict, editable=False)
    """How a run at once was asked for, where it waits for approval; {} for what was scheduled."""

    jobsmith_secret_fields = ("sealed_kwargs",)

    class Meta:
        ordering = ("name",)
        permissions = (("transfer_scheduledjob", "Can choose in whose name a scheduled job runs"),)

    def __str__(self) -> str:
        return f"{self.name}: {self.interval}"
