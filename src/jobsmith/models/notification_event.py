"""Something that rules may tell of: the outbox, written in the transaction of what happened."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from .notification_rule import NotificationRule


class EventManager(models.Manager["NotificationEvent"]):
    """Writes events."""

    def note(self, kind: str, *subjects: UUID) -> None:
        """Note that it happened to each; call it inside the transaction in which it did.

        Where there is no rule, nothing is noted.
        """
        if subjects and NotificationRule.objects.filter(enabled=True).exists():
            self.bulk_create(NotificationEvent(kind=kind, subject=each) for each in subjects)


class NotificationEvent(models.Model):
    """What happened, and to what; kept as long as what was delivered of it."""

    class Kind(models.TextChoices):
        """What its subject is, and so who may see it."""

        RUN_ENDED = "run_ended"
        APPROVAL_REQUESTED = "approval_requested"
        APPROVAL_DECIDED = "approval_decided"
        SCHEDULE_PAUSED = "schedule_paused"
        SOURCE_PROBLEMS = "source_problems"
        TEST = "test"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.UUIDField()
    """Key of the run, the request, the schedule, the source, or of the rule that is tried."""
    happened_at = models.DateTimeField(db_default=Now(), db_index=True)
    waits = models.BooleanField(default=True)
    """Nobody has looked yet whom to tell."""
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    """What is told of it: see `actions.telling`."""

    objects = EventManager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("id",), condition=models.Q(waits=True), name="jobsmith_event_waits"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
