"""Create or edit a notification rule. Nothing is sent by it."""

from collections.abc import Mapping
from typing import Any

from jobsmith import policies
from jobsmith.channels import has_apprise, refusal_of_service, refusal_of_webhook, shown
from jobsmith.errors import InputsRefused
from jobsmith.inputs.vault import seal
from jobsmith.models import NotificationRule
from jobsmith.policies import Actor, identity

from .relating import whole_lists
from .save_record import create_record, update_record
from .stale import Seen

KEY_LEAST = 16
"""Characters of a signing key: whoever sees one signed message can try shorter ones."""
REQUIRED = "This field is required."
NOBODY = "Choose at least one user or group to tell."
NO_EXTRA = 'The extra "notify" is not installed: pip install "jobsmith[notify]".'

Channel = NotificationRule.Channel
TO_PEOPLE = (Channel.IN_APP, Channel.MAIL)
_URL_CHECKS = {Channel.WEBHOOK: refusal_of_webhook, Channel.APPRISE: refusal_of_service}


def create_rule(*, user: Actor, values: Mapping[str, Any]) -> NotificationRule:
    """As `create_record`; ``url`` and ``signing_key`` among the values are sealed.

    The rule tells what the user may see. InputsRefused also for a rule that tells of nothing,
    nobody, or in no way that there is.
    """
    policies.require(user, "add", NotificationRule)
    kept = _checked(NotificationRule(), values, user)
    return create_record(NotificationRule, user=user, values=kept | {"owner_id": identity(user)})


def update_rule(
    rule: NotificationRule, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> NotificationRule:
    """As `update_record`, with the checks of `create_rule`: from now on it tells what this user
    may see. Another address takes its own signing key."""
    policies.require_on(user, "change", rule)
    kept = _checked(rule, values, user)
    return update_record(rule, user=user, values=kept | {"owner_id": identity(user)}, seen=seen)


def _checked(rule: NotificationRule, values: Mapping[str, Any], user: Actor) -> dict[str, Any]:
    """The values as they are kept; raises InputsRefused."""
    given = dict(values)
    url, key = given.pop("url", "") or "", given.pop("signing_key", "") or ""
    channel = given.get("channel", rule.channel)
    refused = _events(given, rule) | _people(whole_lists(rule, given, user), rule, channel)
    refused |= _way(rule, channel, url, key)
    if refused:
        raise InputsRefused({name: [sentence] for name, sentence in refused.items()})
    if channel in TO_PEOPLE:
        return given | {"address": "", "sealed_url": "", "sealed_signing_key": ""}
    if url:
        given |= {"address": shown(url), "sealed_url": seal({"url": url})}
    if key:
        given["sealed_signing_key"] = seal({"signing_key": key})
    return given


def _events(given: Mapping[str, Any], rule: NotificationRule) -> dict[str, str]:
    events = given.get("events", rule.events)
    if not isinstance(events, list) or not events:
        return {"events": "Choose at least one event."}
    known = NotificationRule.Event.values
    return {} if all(each in known for each in events) else {"events": f"Choose from: {_or(known)}"}


def _or(words: list[str]) -> str:
    return f"{', '.join(words)}."


def _people(given: Mapping[str, Any], rule: NotificationRule, channel: str) -> dict[str, str]:
    if channel not in TO_PEOPLE:
        return {}
    chosen = [each for name in ("users", "groups") for each in _chosen(given, rule, name)]
    return {} if chosen else {"users": NOBODY}


def _chosen(given: Mapping[str, Any], rule: NotificationRule, name: str) -> list[Any]:
    if name in given:
        return list(given[name])
    return [] if rule._state.adding else list(getattr(rule, name).all())


def _way(rule: NotificationRule, channel: str, url: str, key: str) -> dict[str, str]:
    check = _URL_CHECKS.get(Channel(channel)) if channel in Channel.values else None
    if check is None:
        return {}
    is_kept = channel == rule.channel and bool(rule.sealed_url)
    if sentence := check(url) if url else ("" if is_kept else REQUIRED):
        return {"url": sentence}
    if channel == Channel.APPRISE:
        return {} if has_apprise() else {"channel": NO_EXTRA}
    if key or url or not rule.sealed_signing_key:
        return _short(key)
    return {}


def _short(key: str) -> dict[str, str]:
    if not key:
        return {"signing_key": REQUIRED}
    if len(key) < KEY_LEAST:
        return {"signing_key": f"Use at least {KEY_LEAST} characters."}
    is_plain = key.isascii() and key.isprintable()
    return {} if is_plain else {"signing_key": "Use plain letters only."}
