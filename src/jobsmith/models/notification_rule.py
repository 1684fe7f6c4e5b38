"""Who is told of what, and how."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from .base import ChangeLogged
from .job import Job
from .natural import Named


class NotificationRule(Named, ChangeLogged):
    """Tells of what its owner may see; each recipient is told only what they may see too."""

    class Event(models.TextChoices):
        """What can be told. A run that was lost or ran out of time has failed, too."""

        RUN_SUCCEEDED = "run_succeeded", "A run succeeded"
        RUN_FAILED = "run_failed", "A run failed"
        RUN_CANCELLED = "run_cancelled", "A run was cancelled"
        RUN_LOST = "run_lost", "A run was lost or ran out of time"
        APPROVAL_REQUESTED = "approval_requested", "Approval is wanted"
        APPROVAL_DECIDED = "approval_decided", "A request for approval was decided"
        SCHEDULE_PAUSED = "schedule_paused", "A schedule was paused"
        SOURCE_PROBLEMS = "source_problems", "A source of jobs has new problems"

    class Channel(models.TextChoices):
        """How recipients are told."""

        IN_APP = "in_app", "In Jobsmith"
        MAIL = "mail", "By mail"
        WEBHOOK = "webhook", "By webhook"
        APPRISE = "apprise", "By Apprise"

    jobsmith_secret_fields = ("sealed_url", "sealed_signing_key")

    name = models.CharField(max_length=255, unique=True)
    enabled = models.BooleanField(default=True)
    events = models.JSONField(default=list)
    """Values of `Event`."""
    jobs = models.ManyToManyField(Job, blank=True, related_name="+")
    """Only what is about one of these; none means all."""
    own_only = models.BooleanField(default=False)
    """Only runs, requests and schedules of its owner."""
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.IN_APP)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    """Recipients of mail and of what is told in Jobsmith."""
    address = models.CharField(max_length=255, blank=True, editable=False)
    """Where a webhook or a service is, without what may be secret in its address."""
    sealed_url = models.TextField(blank=True, editable=False)
    sealed_signing_key = models.TextField(blank=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, editable=False, related_name="+"
    )
    """Whoever saved it last: it tells what they may see, when it is told."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
