"""The audit trail: who changed what, and how it was before and after."""

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from .base import Record, time_ordered_uuid


class ObjectChange(Record):
    """One change of one record. Rows are added and sealed, never edited."""

    class Action(models.TextChoices):
        """What was done; the values are the wire's."""

        CREATE = "create", "Created"
        UPDATE = "update", "Updated"
        DELETE = "delete", "Deleted"

    class Context(models.TextChoices):
        """Through which door; the values are the wire's."""

        WEB = "web", "Web"
        JOB = "job", "Job"
        JOB_HOOK = "job-hook", "Job hook"
        CLI = "cli", "Command"
        ORM = "orm", "ORM"
        UNKNOWN = "unknown", "Unknown"

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    time = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="changes"
    )
    user_name = models.CharField(max_length=150, editable=False, db_index=True)
    """Kept when the user is deleted."""
    request_id = models.UUIDField(editable=False, db_index=True)
    action = models.CharField(max_length=50, choices=Action.choices, editable=False)
    changed_object_type = models.ForeignKey(
        ContentType, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    object_label = models.CharField(max_length=201, editable=False)
    """``app_label.model`` in clear: part of the seal, whatever becomes of the content type."""
    changed_object_id = models.CharField(max_length=64, editable=False, db_index=True)
    """Text, as a host's records may have numbers for keys."""
    related_object_type = models.ForeignKey(
        ContentType, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    related_object_id = models.CharField(max_length=64, blank=True, editable=False)
    change_context = models.CharField(max_length=50, choices=Context.choices, editable=False)
    change_context_detail = models.CharField(max_length=400, blank=True, editable=False)
    object_repr = models.CharField(max_length=200, editable=False)
    awaits_hooks = models.BooleanField(default=False, db_default=False, editable=False)
    """Whether nobody has looked yet for the job hooks that answer it: the row is the outbox."""
    before = models.JSONField(null=True, editable=False)
    after = models.JSONField(null=True, editable=False)

    seal_number = models.BigIntegerField(null=True, unique=True, editable=False)
    """Place in the chain; None until the sealer has seen the row."""
    seal = models.CharField(max_length=64, blank=True, editable=False)
    """SHA-256, in hex, over the seal before it and this row."""

    class Meta:
        ordering = ("-time", "-id")
        indexes = (
            models.Index(
                fields=("changed_object_type", "changed_object_id", "-time"),
                name="jobsmith_change_object",
            ),
            models.Index(
                fields=("time",),
                name="jobsmith_change_unsealed",
                condition=models.Q(seal_number=None),
            ),
            models.Index(
                fields=("time", "id"),
                name="jobsmith_change_unhooked",
                condition=models.Q(awaits_hooks=True),
            ),
        )

    def __str__(self) -> str:
        kind = self.changed_object_type
        model = f"{kind.app_label.title()} | {kind.model}" if kind else "Record"
        verb = self.get_action_display().lower()
        return f"{model} {self.object_repr} {verb} by {self.user_name}"

    @property
    def changed_object(self) -> models.Model | None:
        """The record as it is now; None where it was deleted, or is gone since."""
        kind = self.changed_object_type
        model = kind.model_class() if kind else None
        if model is None or self.action == self.Action.DELETE:
            return None
        return model._base_manager.filter(pk=self.changed_object_id).first()

    @property
    def object_data(self) -> Any:
        """The record as it was after the change, or before its deletion."""
        return self.before if self.after is None else self.after

    @property
    def object_data_v2(self) -> Any:
        """The same, by its other name."""
        return self.object_data

    def get_snapshots(self) -> dict[str, Any]:
        """Before and after, and in what they differ."""
        before, after = self.before or {}, self.after or {}
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        removed = {name: before[name] for name in names if name in before}
        added = {name: after[name] for name in names if name in after}
        differences = {"removed": removed or None, "added": added or None}
        return {"prechange": self.before, "postchange": self.after, "differences": differences}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; an existing one is never saved again."""
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)
