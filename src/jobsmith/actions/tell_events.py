"""Look whom to tell of what has happened. Any number of schedulers may do so at once.

An event that waits is taken, looked at and marked in one transaction together with what is to be
delivered: a process that is killed has either done all of it or left it to the next.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone

from jobsmith.models import NotificationDelivery, NotificationEvent, NotificationRule
from jobsmith.policies import Actor

from .telling import Told, tell, visible
from .transactions import changes

BATCH = 500
ROUNDS = 20
PACE = timedelta(seconds=60)
"""What happens so soon after a message to the same recipient is told together in the next one."""
KEPT = timedelta(days=90)

Channel = NotificationRule.Channel
State = NotificationDelivery.State
TO_PEOPLE = (Channel.IN_APP, Channel.MAIL)
PACED = (Channel.MAIL, Channel.APPRISE)


def tell_events() -> int:
    """See to all that waits, as far as that goes in one turn; how many events. Raises Busy."""
    total = 0
    for _ in range(ROUNDS):
        taken = tell_some()
        total += taken
        if taken < BATCH:
            break
    return total


def tell_some(limit: int = BATCH) -> int:
    """See to so many events at most, oldest first; how many."""
    if not NotificationEvent.objects.filter(waits=True).exists():
        return 0
    with changes():
        rows = NotificationEvent.objects.filter(waits=True).order_by("id")
        taken = list(rows.select_for_update(skip_locked=True)[:limit])
        told = _told(taken)
        _deliver(told)
        _settle(taken, told)
    return len(taken)


class _Happened:
    """An event and what is told of it."""

    def __init__(self, event: NotificationEvent, told: Told) -> None:
        self.event, self.told = event, told


def _told(taken: Iterable[NotificationEvent]) -> list[_Happened]:
    """What became of subjects that are gone is told to nobody."""
    kinds: dict[str, list[NotificationEvent]] = defaultdict(list)
    for each in taken:
        kinds[each.kind].append(each)
    found = []
    for kind, events in kinds.items():
        known = tell(kind, {each.subject for each in events})
        found += [_Happened(each, known[each.subject]) for each in events if each.subject in known]
    return found


def _deliver(happened: Sequence[_Happened]) -> None:
    if not happened:
        return
    rules = NotificationRule.objects.filter(enabled=True).select_related("owner")
    for rule in rules.prefetch_related("jobs").order_by("name"):
        wanted = [each for each in happened if _answers(rule, each.told)]
        if wanted := _seen(wanted, rule.owner):
            _send(rule, wanted)


def _answers(rule: NotificationRule, told: Told) -> bool:
    if told.names.isdisjoint(rule.events):
        return False
    if rule.own_only and told.owner != rule.owner_id:
        return False
    jobs = {each.pk for each in rule.jobs.all()}
    return not jobs or not told.jobs.isdisjoint(jobs)


def _seen(happened: Sequence[_Happened], user: Actor) -> list[_Happened]:
    """Those that the user may see."""
    kinds: dict[str, set[UUID]] = defaultdict(set)
    for each in happened:
        kinds[each.event.kind].add(each.event.subject)
    seen = {kind: visible(kind, keys, user) for kind, keys in kinds.items()}
    return [each for each in happened if each.event.subject in seen[each.event.kind]]


def _send(rule: NotificationRule, happened: Sequence[_Happened]) -> None:
    if rule.channel not in TO_PEOPLE:
        _write(rule, None, [each.event for each in happened])
        return
    for user in recipients(rule):
        _write(rule, user, [each.event for each in _seen(happened, user)])


def recipients(rule: NotificationRule) -> QuerySet[Any]:
    """The users who are told, each once; whoever was switched off is none."""
    model = get_user_model()
    chosen = Q(pk__in=rule.users.values("pk"))
    if hasattr(model, "groups"):
        members = model._base_manager.filter(groups__in=rule.groups.values("pk"))
        chosen |= Q(pk__in=members.values("pk"))
    people = model._base_manager.filter(chosen)
    names = {each.name for each in model._meta.get_fields()}
    return people.filter(is_active=True) if "is_active" in names else people


def _write(rule: NotificationRule, user: Any, events: Sequence[NotificationEvent]) -> None:
    NotificationDelivery.objects.bulk_create(
        deliveries(rule, user, events), batch_size=BATCH, ignore_conflicts=True
    )


def deliveries(
    rule: NotificationRule, user: Any, events: Sequence[NotificationEvent]
) -> list[NotificationDelivery]:
    """Rows for one recipient, not saved yet. What is told in Jobsmith has arrived with its row."""
    now = timezone.now()
    if rule.channel == Channel.IN_APP:
        arrived: dict[str, Any] = {"state": State.SENT, "sent_at": now, "in_app": True}
    else:
        arrived = {"next_attempt_at": now + _pause(rule, user)}
    return [NotificationDelivery(rule=rule, event=each, user=user, **arrived) for each in events]


def _pause(rule: NotificationRule, user: Any) -> timedelta:
    last = timezone.now() - PACE
    lately = rule.deliveries.filter(user=user, sent_at__gt=last)
    return PACE if rule.channel in PACED and lately.exists() else timedelta()


def _settle(taken: Sequence[NotificationEvent], told: Sequence[_Happened]) -> None:
    """Keep what is told of those that somebody is told of, and forget the others."""
    keys = [each.pk for each in taken]
    reached = NotificationDelivery.objects.filter(event__in=keys).values("event")
    NotificationEvent.objects.filter(pk__in=keys).exclude(pk__in=reached).delete()
    for each in told:
        each.event.facts, each.event.waits = each.told.facts, False
    NotificationEvent.objects.bulk_update(
        [each.event for each in told], ("facts", "waits"), batch_size=BATCH
    )


def forget_notifications() -> int:
    """Delete what was told long ago, read or not; how many events."""
    old = NotificationEvent.objects.filter(happened_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
