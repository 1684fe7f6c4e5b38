"""Messages to services, through Apprise."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.actions.deliver import Deliveries
from jobsmith.actions.save_rule import create_rule
from jobsmith.actions.tell_events import tell_events
from jobsmith.errors import InputsRefused
from jobsmith.inputs.vault import seal
from jobsmith.models import JobResult, NotificationDelivery, NotificationRule
from tests.support.receiver import receiver

from .test_webhooks import opened, settled

pytestmark = pytest.mark.skipif(find_spec("apprise") is None, reason="NO APPRISE")

Rule = Callable[..., NotificationRule]
Ended = Callable[..., JobResult]
CHANNEL = NotificationRule.Channel.APPRISE


def told(url: str, rule: Rule, ended: Ended) -> str:
    """What was said of a message to that service; "" where it arrived."""
    rule(channel=CHANNEL, sealed_url=seal({"url": url}))
    ended()
    tell_events()
    settled(Deliveries(), 60)
    return NotificationDelivery.objects.get().last_error


def test_a_service_is_told(rule: Rule, ended: Ended, settings: Settings) -> None:
    opened(settings, "127.0.0.1/32")
    with receiver() as inbox:
        assert told(inbox.url.replace("http:", "json:"), rule, ended) == ""
        assert b"Ping failed" in inbox.bodies[0]


@pytest.mark.parametrize("url", ["json://127.0.0.1:{}/", "forms://localhost:{}/"])
def test_a_service_on_this_machine_is_not_spoken_to(
    rule: Rule, ended: Ended, settings: Settings, url: str
) -> None:
    opened(settings)
    with receiver() as inbox:
        port = inbox.url.rpartition(":")[2].partition("/")[0]
        said = told(url.format(port), rule, ended)
        assert "The address leads to 127.0.0.1" in said
        assert inbox.bodies == []


def test_a_redirect_of_a_service_leads_nowhere_else(
    rule: Rule, ended: Ended, settings: Settings
) -> None:
    opened(settings, "127.0.0.1/32")
    with receiver() as inbox, receiver("127.0.0.2") as inner:
        inbox.answers, inbox.location = [307], inner.url
        assert told(inbox.url.replace("http:", "json:"), rule, ended)
        assert inner.bodies == []


@pytest.mark.parametrize("url", ["syslog://localhost", "dbus://", "nowhere://x", "macosx://"])
def test_nothing_of_this_machine_is_a_service(
    rule: Rule, ended: Ended, settings: Settings, url: str
) -> None:
    opened(settings)
    assert told(url, rule, ended)


def test_a_rule_for_a_service_takes_an_address(admin: Any) -> None:
    values = {"name": "chat", "events": ["run_failed"], "channel": CHANNEL}
    for url in ("", "slack", "slack://\n", "https:// "):
        with pytest.raises(InputsRefused):
            create_rule(user=admin, values={**values, "url": url})
    assert create_rule(user=admin, values={**values, "url": "slack://a/b/c"}).address == "slack://…"
