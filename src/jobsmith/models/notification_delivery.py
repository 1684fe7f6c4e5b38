"""One event on its way to one recipient of one rule."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .base import Record, time_ordered_uuid
from .notification_event import NotificationEvent
from .notification_rule import NotificationRule


class NotificationDelivery(Record):
    """Written once, together with the look at its event; sent until it has arrived.

    Whoever sends it moves ``next_attempt_at`` first, so that it comes up again where they die.
    """

    class State(models.TextChoices):
        """Whether it has arrived."""

        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        GIVEN_UP = "given_up", "Given up"

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    rule = models.ForeignKey(NotificationRule, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(NotificationEvent, models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="notifications"
    )
    """None where it goes to an address."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created = models.DateTimeField(db_default=Now(), db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    in_app = models.BooleanField(default=False)
    """Shown to the user in Jobsmith."""
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "notification deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "event", "user"), name="jobsmith_delivery_to_user"
            ),
            models.UniqueConstraint(
                fields=("rule", "event"),
                condition=models.Q(user=None),
                name="jobsmith_delivery_to_address",
            ),
            models.UniqueConstraint(
                fields=("event", "user"),
                condition=models.Q(in_app=True),
                name="jobsmith_notification_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_attempt_at",),
                condition=models.Q(state="waiting"),
                name="jobsmith_delivery_due",
            ),
            models.Index(
                fields=("user", "-id"),
                condition=models.Q(in_app=True),
                name="jobsmith_notifications",
            ),
        )

    def __str__(self) -> str:
        return str(self.event.facts.get("title", ""))
