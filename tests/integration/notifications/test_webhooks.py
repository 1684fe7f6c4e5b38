"""Webhooks: signed, sent until they arrive, and only where messages may go."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobsmith.actions.deliver import BACK_OFF, Deliveries
from jobsmith.actions.notifications import retry_delivery, try_rule
from jobsmith.actions.tell_events import tell_events
from jobsmith.channels import SIGNATURE, shown, sign
from jobsmith.errors import CannotDeliver
from jobsmith.inputs.vault import seal
from jobsmith.models import JobResult, NotificationDelivery, NotificationRule
from tests.support import factories as make
from tests.support.job_files import jobsmith_settings
from tests.support.receiver import Receiver, receiver

KEY = "k" * 20
State = NotificationDelivery.State
Rule = Callable[..., NotificationRule]
Ended = Callable[..., JobResult]


def settled(deliveries: Deliveries, seconds: float = 20) -> None:
    """Turn until nothing is on its way."""
    until = time.monotonic() + seconds
    while deliveries.turn():
        assert time.monotonic() < until
        time.sleep(0.02)


def opened(settings: Settings, *networks: str, **more: Any) -> None:
    settings.JOBSMITH = jobsmith_settings(NOTIFY_ALLOWED_NETWORKS=networks, **more)


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Receiver]:
    opened(settings, "127.0.0.1/32", PUBLIC_URL="https://jobs.example.com/")
    with receiver() as found:
        yield found


@pytest.fixture
def hook(rule: Rule) -> Rule:
    def made(url: str, **fields: Any) -> NotificationRule:
        sealed = {
            "sealed_url": seal({"url": url}),
            "sealed_signing_key": seal({"signing_key": KEY}),
        }
        return rule(channel=NotificationRule.Channel.WEBHOOK, **sealed, **fields)

    return made


def failure(url: str, hook: Rule, ended: Ended) -> str:
    """Why a message to that address was not taken."""
    hook(url)
    ended()
    tell_events()
    settled(Deliveries())
    row = NotificationDelivery.objects.get()
    assert row.state == State.WAITING
    return row.last_error


def due_again(times: int = 1) -> None:
    NotificationDelivery.objects.filter(state=State.WAITING).update(
        next_attempt_at=timezone.now() - timedelta(seconds=1)
    )


def test_a_webhook_is_signed_and_says_what_happened(
    inbox: Receiver, hook: Rule, ended: Ended, admin: Any
) -> None:
    hook(inbox.url)
    run = ended(user=admin)
    tell_events()
    settled(Deliveries())
    [body], [headers] = inbox.bodies, inbox.headers
    stamp = int(headers[SIGNATURE].partition(",")[0].removeprefix("t="))
    assert headers[SIGNATURE] == sign(KEY, stamp, body)
    assert abs(stamp - time.time()) < 60
    [told] = json.loads(body)["deliveries"]
    row = NotificationDelivery.objects.get()
    assert (told["id"], row.state, row.attempts) == (str(row.pk), State.SENT, 1)
    assert told["event"] == "run_failed"
    assert told["url"].startswith("https://jobs.example.com/")
    assert told["url"].endswith(f"/runs/{run.pk}/")
    assert (told["title"], told["job"], told["who"]) == ("Ping failed", "Ping", "admin")


def test_a_receiver_that_fails_is_asked_again_with_the_same_id(
    inbox: Receiver, hook: Rule, ended: Ended
) -> None:
    inbox.answers = [500, 503]
    hook(inbox.url)
    run = ended()
    tell_events()
    for _ in range(3):
        due_again()
        settled(Deliveries())
    row = NotificationDelivery.objects.get()
    assert (row.state, row.attempts, row.last_error) == (State.SENT, 3, "")
    ids = {json.loads(each)["deliveries"][0]["id"] for each in inbox.bodies}
    assert ids == {str(row.pk)}
    assert JobResult.objects.get(pk=run.pk).status == "FAILURE"


def test_it_waits_longer_each_time_and_gives_up_in_the_end(
    inbox: Receiver, hook: Rule, ended: Ended, admin: Any
) -> None:
    inbox.answers = [500] * 100
    hook(inbox.url)
    ended()
    tell_events()
    waited = []
    for _ in range(len(BACK_OFF) + 1):
        due_again()
        settled(Deliveries())
        row = NotificationDelivery.objects.get()
        if row.next_attempt_at:
            waited.append(round((row.next_attempt_at - timezone.now()).total_seconds()))
    assert waited == sorted(waited)
    assert (row.state, row.last_error) == (State.GIVEN_UP, "The server answered 500.")
    inbox.answers = []
    retry_delivery(row, user=admin)
    settled(Deliveries())
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.SENT, 1)
    with pytest.raises(CannotDeliver):
        retry_delivery(row, user=admin)


def test_many_events_are_told_in_few_messages(inbox: Receiver, hook: Rule, ended: Ended) -> None:
    hook(inbox.url)
    for _ in range(45):
        ended()
    tell_events()
    settled(Deliveries())
    assert sorted(len(json.loads(each)["deliveries"]) for each in inbox.bodies) == [5, 20, 20]


def test_a_receiver_that_hangs_keeps_nobody(
    inbox: Receiver, hook: Rule, ended: Ended, settings: Settings
) -> None:
    inbox.hold = threading.Event()
    hook(inbox.url)
    with receiver() as other:
        hook(other.url)
        ended()
        tell_events()
        deliveries = Deliveries()
        began = time.monotonic()
        while not other.bodies:
            assert deliveries.turn()
            time.sleep(0.02)
        assert time.monotonic() - began < 10
    inbox.hold.set()
    settled(deliveries)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433"])
def test_nothing_is_sent_to_this_machine(
    hook: Rule, ended: Ended, settings: Settings, host: str
) -> None:
    opened(settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert "NOTIFY_ALLOWED_NETWORKS" in failure(f"http://{host}:{port}/", hook, ended)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "172.16.0.9", "169.254.169.254"])
def test_nothing_is_sent_to_networks_that_are_not_public(
    hook: Rule, ended: Ended, settings: Settings, host: str
) -> None:
    opened(settings)
    assert f"The address leads to {host}," in failure(f"http://{host}/", hook, ended)


@pytest.mark.parametrize("to", ["http://127.0.0.1:{}/", "http://169.254.169.254/latest/"])
def test_redirects_are_not_followed(inbox: Receiver, hook: Rule, ended: Ended, to: str) -> None:
    with receiver() as inner:
        inbox.answers = [302]
        inbox.location = to.format(inner.url.rpartition(":")[2].partition("/")[0])
        said = failure(inbox.url, hook, ended)
        assert said == "The server answered 302: redirects are not followed."
        assert inner.bodies == []


def test_proxies_of_the_environment_are_not_asked(
    inbox: Receiver, hook: Rule, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    hook(inbox.url)
    ended()
    tell_events()
    settled(Deliveries())
    assert len(inbox.bodies) == 1


def test_the_address_is_nowhere_in_clear(inbox: Receiver, hook: Rule, ended: Ended) -> None:
    inbox.answers = [500]
    said = failure(inbox.url, hook, ended)
    row = NotificationRule.objects.values().get()
    assert "hush-hush" not in f"{said}{row}"
    assert shown(inbox.url).endswith("/…")


def test_what_may_not_be_seen_any_more_is_not_sent(
    inbox: Receiver, hook: Rule, ended: Ended
) -> None:
    owner = make.make_user("otto", "view_jobresult")
    inbox.answers = [500]
    hook(inbox.url, owner=owner)
    ended()
    tell_events()
    settled(Deliveries())
    owner.user_permissions.clear()
    due_again()
    settled(Deliveries())
    row = NotificationDelivery.objects.get()
    assert len(inbox.bodies) == 1
    assert (row.state, row.last_error) == (
        State.GIVEN_UP,
        "Whoever it is for may not see it any more.",
    )


def test_a_rule_that_is_switched_off_sends_only_trials(
    inbox: Receiver, hook: Rule, ended: Ended, admin: Any
) -> None:
    row = hook(inbox.url)
    ended()
    tell_events()
    NotificationRule.objects.update(enabled=False)
    try_rule(row, user=admin)
    settled(Deliveries())
    [told] = json.loads(inbox.bodies[0])["deliveries"]
    assert told["event"] == "test"
    states = sorted(NotificationDelivery.objects.values_list("state", flat=True))
    assert states == [State.GIVEN_UP, State.SENT]


def test_the_example_in_the_documents_tells_ours_from_others() -> None:
    page = Path(__file__).parents[3] / "docs/how-to/be-told-when-a-run-fails.md"
    code = page.read_text(encoding="utf-8").partition("<!-- verify -->\n```python\n")[2]
    names: dict[str, Any] = {}
    exec(code.partition("```")[0], names)
    verify, now = names["is_from_jobsmith"], int(time.time())
    assert verify(sign(KEY, now, b"{}"), b"{}", KEY)
    assert not verify(sign(KEY, now, b"{}"), b"[]", KEY)
    assert not verify(sign("x" * 20, now, b"{}"), b"{}", KEY)
    assert not verify(sign(KEY, now - 400, b"{}"), b"{}", KEY)


REBINDING = """
import socket, sys
told = iter(["93.184.216.34", "127.0.0.1"])
real = socket.getaddrinfo
def answer(host, port, *more, **named):
    return real(next(told) if host == "turns.example" else host, port, *more, **named)
socket.getaddrinfo = answer
answer("turns.example", 80)  # whoever looked before would have seen a public address
from jobsmith.channels.child import answer_with
from jobsmith.channels.webhook_child import post
answer_with(post)
"""


def test_a_name_that_turns_into_another_address_leads_nowhere() -> None:
    with receiver() as inner:
        port = inner.url.rpartition(":")[2].partition("/")[0]
        url = f"http://turns.example:{port}/"
        request = {"url": url, "headers": {}, "body": "{}", "allowed": [], "seconds": 20}
        said = subprocess.run(
            [sys.executable, "-c", REBINDING],
            input=json.dumps(request),
            capture_output=True,
            text=True,
        )
        assert "The address leads to 127.0.0.1" in json.loads(said.stdout)["failure"]
        assert inner.bodies == []
