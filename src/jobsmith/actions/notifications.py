"""What people do with notifications: try a rule, send again, and note what they have read."""

from collections.abc import Collection
from uuid import UUID

from django.db.models.functions import Now
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import CannotDeliver
from jobsmith.models import NotificationDelivery, NotificationEvent, NotificationRule
from jobsmith.policies import Actor

from .tell_events import TO_PEOPLE, deliveries, recipients
from .transactions import changes, held

State = NotificationDelivery.State
ARRIVED = "This message has arrived already."


def try_rule(rule: NotificationRule, *, user: Actor) -> list[NotificationDelivery]:
    """Have a trial sent to all whom the rule tells, also where it is off; returns what waits.

    Raises NotAllowed, NotFound or Busy.
    """
    policies.require_on(user, "change", rule)
    with changes():
        event = NotificationEvent.objects.create(
            kind=NotificationEvent.Kind.TEST, subject=rule.pk, waits=False, facts=_trial(rule, user)
        )
        people = recipients(rule) if rule.channel in TO_PEOPLE else [None]
        rows = [row for each in people for row in deliveries(rule, each, [event])]
        NotificationDelivery.objects.bulk_create(rows)
        note_change(event, user=user, related=rule)
    return rows


def retry_delivery(delivery: NotificationDelivery, *, user: Actor) -> NotificationDelivery:
    """Send it now, as if for the first time.

    Raises NotAllowed, NotFound, CannotDeliver (it has arrived) or Busy.
    """
    policies.require_on(user, "change", delivery.rule)
    with changes():
        locked = held(delivery)
        if locked.state == State.SENT:
            raise CannotDeliver(ARRIVED)
        before = snapshot(locked)
        locked.state, locked.attempts = State.WAITING, 0
        locked.next_attempt_at = timezone.now()
        locked.save(update_fields=("state", "attempts", "next_attempt_at"))
        note_change(locked, user=user, before=before, related=delivery.rule)
    return locked


def mark_read(*, user: Actor, keys: Collection[UUID] | None = None) -> int:
    """Note that the user has read these, or all, of what they were told here; how many were new."""
    with changes():
        unread = policies.notifications(user).filter(read_at=None)
        if keys is not None:
            unread = unread.filter(pk__in=keys)
        found = list(unread.values_list("pk", flat=True))
        return NotificationDelivery.objects.filter(pk__in=found).update(read_at=Now())


def _trial(rule: NotificationRule, user: Actor) -> dict[str, str]:
    try:
        page = reverse("jobsmith:notification_rule", args=[rule.pk])
    except NoReverseMatch:
        page = ""
    title = f"This is a test of the rule {rule.name}"[:200]
    return {"event": "test", "title": title, "who": str(user.get_username())[:150], "page": page}
