"""The pages of notifications and of their rules."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jobsmith.actions.tell_events import tell_events
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import JobResult, NotificationDelivery, NotificationRule
from tests.support import factories as make

Rule = Callable[..., NotificationRule]
Ended = Callable[..., JobResult]
RULES = "/notifications/rules/"


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(db: None) -> Any:
    return make.make_user("vera", "view_jobresult")


def fields(**more: Any) -> dict[str, Any]:
    return {"name": "on call", "events": ["run_failed"], "enabled": "on", **more}


def test_the_bell_counts_what_is_new(rule: Rule, ended: Ended, viewer: Any) -> None:
    rule(viewer)
    ended()
    tell_events()
    client = signed_in(viewer)
    assert b"Notifications, 1 unread" in client.get("/").content
    page = client.get("/notifications/")
    assert b"Ping failed" in page.content
    client.post("/notifications/read/")
    assert b"unread" not in client.get("/").content
    assert b"You have read everything." in client.get("/notifications/?show=unread").content


def test_one_notification_leads_to_its_run_and_is_read(
    rule: Rule, ended: Ended, viewer: Any, admin: Any
) -> None:
    rule(viewer, admin)
    run = ended()
    tell_events()
    mine = NotificationDelivery.objects.get(user=viewer)
    theirs = NotificationDelivery.objects.get(user=admin)
    client = signed_in(viewer)
    answer = client.post(f"/notifications/{mine.pk}/read/")
    assert answer["Location"] == f"/runs/{run.pk}/"
    mine.refresh_from_db()
    assert mine.read_at
    assert client.post(f"/notifications/{theirs.pk}/read/").status_code == 404


def test_a_rule_is_made_by_a_form(admin: Any, viewer: Any) -> None:
    client = signed_in(admin)
    page = client.post(f"{RULES}add/", fields(channel="in_app"))
    assert page.status_code == 400
    assert b"Choose at least one user or group to tell." in page.content
    client.post(f"{RULES}add/", fields(channel="in_app", users=[viewer.pk]))
    row = NotificationRule.objects.get()
    assert (row.owner, list(row.users.all())) == (admin, [viewer])
    assert b"on call" in client.get(RULES).content


def test_a_webhook_keeps_its_secrets_and_shows_none(admin: Any, viewer: Any) -> None:
    client, url, key = signed_in(admin), "https://hooks.example.com/T0/hush-hush", "k" * 16
    assert client.post(f"{RULES}add/", fields(channel="webhook", url=url)).status_code == 400
    client.post(f"{RULES}add/", fields(channel="webhook", url=url, signing_key=key))
    row = NotificationRule.objects.get()
    assert open_sealed(row.sealed_url) == {"url": url}
    page = client.get(f"{RULES}{row.pk}/").content
    assert b"https://hooks.example.com/" in page
    assert b"hush-hush" not in page
    assert key.encode() not in page
    seen = page.partition(b'name="_seen" value="')[2].partition(b'"')[0].decode()
    client.post(f"{RULES}{row.pk}/", fields(channel="webhook", _seen=seen))
    row.refresh_from_db()
    assert open_sealed(row.sealed_signing_key) == {"signing_key": key}
    other = fields(channel="webhook", url="https://other.example.com/", _seen=seen)
    assert client.post(f"{RULES}{row.pk}/", other).status_code == 400


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.com/", "begins with https://"),
        ("https://u:p@example.com/", "Leave user name and password out"),
        ("https://", "This is no address"),
        ("https://example.com:0/", "This is no address"),
        ("https://exämple.com/", "This is no address"),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(admin: Any, url: str, said: str) -> None:
    sent = fields(channel="webhook", url=url, signing_key="k" * 16)
    page = signed_in(admin).post(f"{RULES}add/", sent)
    assert page.status_code == 400
    assert said in page.content.decode()


def test_whoever_edits_a_rule_owns_it(rule: Rule, admin: Any, viewer: Any) -> None:
    row = rule(viewer)
    rights = ("view_notificationrule", "change_notificationrule")
    editor = make.make_user("edda", *rights)
    client = signed_in(editor)
    page = client.get(f"{RULES}{row.pk}/").content
    seen = page.partition(b'name="_seen" value="')[2].partition(b'"')[0].decode()
    answer = client.post(f"{RULES}{row.pk}/", fields(channel="in_app", _seen=seen))
    row.refresh_from_db()
    assert answer.status_code == 302
    assert row.owner == editor
    assert list(row.users.all()) == [viewer]  # whom she cannot see


def test_a_test_is_sent_and_a_message_sent_again(rule: Rule, admin: Any, viewer: Any) -> None:
    row = rule(viewer, enabled=False)
    client = signed_in(admin)
    client.post(f"{RULES}{row.pk}/test/")
    assert b"This is a test of the rule" in signed_in(viewer).get("/notifications/").content
    sent = NotificationDelivery.objects.get()
    client.post(f"/notifications/{sent.pk}/retry/")
    page = client.get(f"{RULES}{row.pk}/").content
    assert b"This message has arrived already." in page
    sent.state, sent.last_error = "given_up", "The server answered 500."
    sent.save()
    assert b"Retry now" in client.get(f"{RULES}{row.pk}/").content
    client.post(f"/notifications/{sent.pk}/retry/")
    sent.refresh_from_db()
    assert sent.state == "waiting"


@pytest.mark.parametrize("right", ["", "view_notificationrule"])
def test_who_may_not_change_rules_sends_nothing(rule: Rule, viewer: Any, right: str) -> None:
    row = rule(viewer)
    client = signed_in(make.make_user("nora", *filter(None, [right])))
    assert client.get(f"{RULES}{row.pk}/").status_code == (200 if right else 403)
    assert client.post(f"{RULES}{row.pk}/test/").status_code == 403
    assert client.post(f"{RULES}add/", fields()).status_code == 403
    assert not NotificationDelivery.objects.exists()
