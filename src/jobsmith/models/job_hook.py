"""A job that is run when a record of the host changes."""

from django.contrib.contenttypes.models import ContentType
from django.db import models

from .base import ChangeLogged
from .job import Job
from .natural import Named


class JobHook(Named, ChangeLogged):
    """Which job answers which changes of which kinds of record."""

    name = models.CharField(max_length=255, unique=True)
    content_types = models.ManyToManyField(ContentType, related_name="+")
    enabled = models.BooleanField(default=True)
    job = models.ForeignKey(Job, models.CASCADE, related_name="job_hooks")
    type_create = models.BooleanField(default=False)
    type_update = models.BooleanField(default=False)
    type_delete = models.BooleanField(default=False)
    changed_fields = models.JSONField(default=list, blank=True)
    """Names of columns: an update counts only where one of them changed. None means any."""

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
