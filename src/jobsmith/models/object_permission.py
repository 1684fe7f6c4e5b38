"""Rights on some rows of some kinds of record."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import models

from .base import ChangeLogged
from .natural import Named


class ObjectPermission(Named, ChangeLogged):
    """Lets users and groups act on the rows that match its constraints."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=200, blank=True)
    enabled = models.BooleanField(default=True)
    object_types = models.ManyToManyField(ContentType, related_name="+")
    groups = models.ManyToManyField(Group, blank=True, related_name="object_permissions")
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="object_permissions"
    )
    actions = models.JSONField(default=list)
    """Words such as ``view``, ``run``, ``change``."""
    constraints = models.JSONField(null=True, blank=True)
    """None for all rows, else a dict of lookups (all must match) or a list of such dicts (one of
    them must); the value ``$user`` stands for whoever asks."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
