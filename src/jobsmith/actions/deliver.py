"""Send what is to be delivered, again and again until it arrives or there is no hope.

Any number of schedulers may do so at once. Whoever takes a delivery first moves its next attempt
into the future: if they are killed, somebody else comes to it then. A receiver may so be told
twice, each time with the same id, and never not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from jobsmith.channels import (
    Item,
    Letter,
    Sending,
    ToService,
    ToWebhook,
    as_message,
    body_of,
    has_apprise,
)
from jobsmith.errors import CannotDeliver, JobsmithError
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import NotificationDelivery, NotificationEvent, NotificationRule

from .telling import link, visible
from .transactions import changes, database_now

AT_ONCE = 8
"""Messages that one scheduler has on their way."""
LEASE = timedelta(seconds=90)
"""Longer than sending may take."""
BACK_OFF = [timedelta(minutes=each) for each in (0.5, 2, 8, 30, 120, 360, 480, 480)]
"""How long to wait after each failure; with the one after that a message is given up."""
MOST = dict.fromkeys(NotificationRule.Channel, 1000) | {NotificationRule.Channel.WEBHOOK: 20}
"""Events in one message."""
UNSEEN = "Whoever it is for may not see it any more."
OFF = "The rule was switched off."

Channel = NotificationRule.Channel
State = NotificationDelivery.State


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """What goes to one recipient of one rule in one message."""

    rule: NotificationRule
    user: Any
    rows: Sequence[NotificationDelivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    parcel: _Parcel
    sending: Sending


class Deliveries:
    """The messages of one scheduler that are on their way."""

    def __init__(self) -> None:
        """None yet."""
        self._under_way: list[_UnderWay] = []

    def turn(self) -> int:
        """Note what has arrived, and send what is due; how many messages are on their way.

        Waits for no receiver. Raises Busy when the database takes no writes now.
        """
        for each in [each for each in self._under_way if each.sending.is_over]:
            self._under_way.remove(each)
            _settle(each.parcel, each.sending.failure())
        for _ in range(AT_ONCE - len(self._under_way)):
            if (parcel := _take()) is None:
                break
            self._start(parcel)
        return len(self._under_way)

    def end(self) -> None:
        """Give up what is under way; it is sent again later."""
        for each in self._under_way:
            each.sending.end()

    def _start(self, parcel: _Parcel) -> None:
        if not parcel.rows:  # others have them, or they are told no more
            return
        try:
            sending = _sending(parcel)
        except JobsmithError as error:
            _settle(parcel, error.message)
        else:
            self._under_way.append(_UnderWay(parcel=parcel, sending=sending))


def _due() -> QuerySet[NotificationDelivery]:
    return NotificationDelivery.objects.filter(state=State.WAITING)


def _take() -> _Parcel | None:
    """What is due first, with all that waits for the same recipient; nobody else sends it now."""
    now = database_now()
    first = _due().filter(next_attempt_at__lte=now).order_by("next_attempt_at").first()
    if first is None:
        return None
    with changes():
        rule = NotificationRule.objects.select_related("owner").get(pk=first.rule_id)
        same = _due().filter(Q(next_attempt_at__lte=now) | Q(attempts=0))
        same = same.filter(rule=rule, user=first.user_id).order_by("id").select_related("event")
        held = same.select_for_update(skip_locked=True, of=("self",))
        rows = _still_told(rule, first.user, list(held[: MOST[Channel(rule.channel)]]))
        _update(rows, next_attempt_at=now + LEASE, attempts=F("attempts") + 1)
    for each in rows:
        each.attempts += 1
    return _Parcel(rule=rule, user=first.user, rows=rows)


def _still_told(
    rule: NotificationRule, user: Any, rows: list[NotificationDelivery]
) -> list[NotificationDelivery]:
    """Those that may still be told; the others are given up and say why. Trials always may."""
    trials = [each for each in rows if each.event.kind == NotificationEvent.Kind.TEST]
    real = [each for each in rows if each not in trials]
    if not rule.enabled:
        _give_up(real, OFF)
        return trials
    seen = [each for each in real if _is_seen(each, rule.owner, user)]
    _give_up([each for each in real if each not in seen], UNSEEN)
    return [each for each in rows if each in trials or each in seen]


def _is_seen(row: NotificationDelivery, owner: Any, user: Any) -> bool:
    """Whether all whom it concerns may see it."""
    event = row.event
    people = [owner, user] if user else [owner]
    return all(visible(event.kind, [event.subject], each) for each in people)


def _give_up(rows: Iterable[NotificationDelivery], why: str) -> None:
    _update(rows, state=State.GIVEN_UP, next_attempt_at=None, last_error=why[:300])


def _update(rows: Iterable[NotificationDelivery], **values: Any) -> None:
    NotificationDelivery.objects.filter(pk__in=[each.pk for each in rows]).update(**values)


def _sending(parcel: _Parcel) -> Sending:
    """Begin to send; raises CannotDeliver or SealBroken."""
    rule = parcel.rule
    items = [_item(each) for each in parcel.rows]
    if rule.channel == Channel.WEBHOOK:
        key = open_sealed(rule.sealed_signing_key).get("signing_key", "")
        return ToWebhook(_url(rule), key, body_of(rule.name, items))
    if rule.channel == Channel.APPRISE:
        if not has_apprise():
            raise CannotDeliver(
                'The extra "notify" is not installed: pip install "jobsmith[notify]".'
            )
        return ToService(_url(rule), as_message(rule.name, items))
    address = getattr(parcel.user, "email", "")
    if not address:
        raise CannotDeliver("The user has no mail address.")
    return Letter(address, as_message(rule.name, items))


def _url(rule: NotificationRule) -> str:
    return str(open_sealed(rule.sealed_url).get("url", ""))


def _item(row: NotificationDelivery) -> Item:
    event = row.event
    return Item(
        id=str(row.pk),
        happened_at=event.happened_at,
        facts=event.facts,
        link=link(event.facts.get("page", "")),
    )


def _settle(parcel: _Parcel, failure: str) -> None:
    """Note what came of it, unless somebody else has sent it meanwhile."""
    now = timezone.now()
    with changes():
        for row in parcel.rows:
            ours = _due().filter(pk=row.pk, attempts=row.attempts)
            if not failure:
                arrived = {"state": State.SENT, "sent_at": now, "last_error": ""}
                ours.update(**arrived, next_attempt_at=None)
            elif row.attempts > len(BACK_OFF):
                ours.update(state=State.GIVEN_UP, next_attempt_at=None, last_error=failure[:300])
            else:
                later = now + BACK_OFF[row.attempts - 1]
                ours.update(next_attempt_at=later, last_error=failure[:300])
