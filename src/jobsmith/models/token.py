"""API tokens: the secret half is stored only as a hash."""

from django.conf import settings
from django.db import models

from .base import Record


class Token(Record):
    """A key that lets a program act as a user: ``jsm_<key>.<secret>``."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobsmith_tokens"
    )
    key = models.CharField(max_length=16, unique=True)
    """The public half, which finds the row."""
    secret_hash = models.CharField(max_length=128)
    """HMAC-SHA-256 of the secret half under SECRET_KEY, in hex."""
    description = models.CharField(max_length=200, blank=True)
    write_enabled = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    allowed_networks = models.JSONField(default=list, blank=True)
    """Networks (``10.0.0.0/8``) that it may be used from; none means all."""
    last_used = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("created",)

    def __str__(self) -> str:
        return f"jsm_{self.key}"
