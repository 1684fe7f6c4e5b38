"""An address at which another system starts a job."""

from django.conf import settings
from django.db import models

from jobsmith.signatures import Scheme

from .base import ChangeLogged
from .job import Job
from .job_queue import JobQueue
from .natural import Named

SCHEMES = (
    (Scheme.STANDARD.value, "Standard Webhooks"),
    (Scheme.HMAC.value, "HMAC of the body (GitHub, Gitea)"),
    (Scheme.TOKEN.value, "Secret token (GitLab)"),
)


class JobWebhook(Named, ChangeLogged):
    """Which job a signed message starts, and what it takes its inputs from."""

    name = models.CharField(max_length=255, unique=True)
    enabled = models.BooleanField(default=True)
    job = models.ForeignKey(Job, models.CASCADE, related_name="job_webhooks")
    job_queue = models.ForeignKey(
        JobQueue, models.SET_NULL, null=True, blank=True, related_name="job_webhooks"
    )
    """Where its runs wait; None means the job's default."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    """Who saved it last: in their name its runs run."""
    scheme = models.CharField(max_length=10, choices=SCHEMES, default=Scheme.STANDARD.value)
    """How messages show that their sender has the secret."""
    sealed_secret = models.TextField(editable=False)
    """`inputs.vault` sealed it; shown once, when it is made."""
    mapping = models.JSONField(default=dict, blank=True)
    """Inputs by variable: ``{"path": "/a/b"}``, with a ``default`` or not, or ``{"value": 1}``."""
    condition = models.JSONField(default=dict, blank=True)
    """``{"path": "/a/b", "equals": 1}``: other messages start nothing. ``{}`` means any."""
    per_minute = models.PositiveSmallIntegerField(default=60)
    """How many messages it takes in a minute."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
