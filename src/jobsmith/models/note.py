"""What people write on records."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

from .base import ChangeLogged


class Note(ChangeLogged):
    """A note on a record, in Markdown."""

    assigned_object_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    assigned_object_id = models.UUIDField(db_index=True)
    assigned_object = GenericForeignKey("assigned_object_type", "assigned_object_id")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="notes"
    )
    user_name = models.CharField(max_length=150, editable=False)
    """Kept when the user is deleted."""
    note = models.TextField()

    class Meta:
        ordering = ("created",)

    def __str__(self) -> str:
        return f"{self.assigned_object} - {self.created:%Y-%m-%dT%H:%M:%S.%f}"
