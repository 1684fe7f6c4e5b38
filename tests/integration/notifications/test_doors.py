"""Rules and notifications at the REST door, in GraphQL and in the shell."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from jobsmith.actions.tell_events import tell_events
from jobsmith.cli.main import main
from jobsmith.models import JobResult, NotificationDelivery, NotificationRule, ObjectChange
from tests.support import factories as make

Rule = Callable[..., NotificationRule]
Ended = Callable[..., JobResult]
RULES = "/api/extras/notification-rules/"
HOOK = {"name": "hook", "events": ["run_failed"], "channel": "webhook"}
SECRETS = {"url": "https://hooks.example.com/hush-hush", "signing_key": "hush " * 5}


@pytest.fixture
def api(admin: Any) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def send(api: Client, address: str, body: Any = None, method: str = "post") -> Any:
    return getattr(api, method)(address, json.dumps(body or {}), content_type="application/json")


def test_a_rule_is_made_changed_and_deleted(api: Client, admin: Any, job: Any) -> None:
    made = send(api, RULES, {**HOOK, **SECRETS, "jobs": [job.name]})
    assert made.status_code == 201
    told = made.json()
    assert told["address"] == "https://hooks.example.com/…"
    assert told["owner"]["id"] == str(admin.pk)
    assert [each["id"] for each in told["jobs"]] == [str(job.pk)]
    assert "hush" not in made.content.decode()
    address = f"{RULES}{told['id']}/"
    changed = send(api, address, {"events": ["run_lost"], "enabled": False}, "patch")
    assert (changed.json()["events"], changed.json()["enabled"]) == (["run_lost"], False)
    assert api.get(f"{RULES}?channel=webhook&enabled=false").json()["count"] == 1
    assert api.delete(address).status_code == 204
    trail = ObjectChange.objects.filter(object_label="jobsmith.notificationrule")
    assert trail.count() == 3
    assert "hush" not in str(list(trail.values()))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["run_flown"]}, "events"),
        ({"channel": "mail"}, "users"),
        ({"channel": "pigeon"}, "channel"),
        ({"url": ""}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"signing_key": "short"}, "signing_key"),
    ],
)
def test_what_cannot_work_is_refused_by_field(
    api: Client, more: dict[str, Any], field: str
) -> None:
    answer = send(api, RULES, {**HOOK, **SECRETS, **more})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_deliveries_are_shown_and_sent_again(
    api: Client, rule: Rule, ended: Ended, admin: Any
) -> None:
    row = rule(admin, channel="mail")
    ended()
    tell_events()
    [told] = api.get(f"/api/extras/notification-deliveries/?rule={row.name}").json()["results"]
    assert (told["title"], told["state"], told["attempts"]) == ("Ping failed", "waiting", 0)
    NotificationDelivery.objects.update(state="given_up", attempts=9)
    again = send(api, f"/api/extras/notification-deliveries/{told['id']}/retry/").json()
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    NotificationDelivery.objects.update(state="sent")
    refused = send(api, f"/api/extras/notification-deliveries/{told['id']}/retry/")
    assert refused.status_code == 409


def test_notifications_are_ones_own(rule: Rule, ended: Ended, api: Client, admin: Any) -> None:
    viewer = make.make_user("vera", "view_jobresult")
    rule(viewer)
    ended()
    tell_events()
    assert api.get("/api/extras/notifications/").json()["count"] == 0
    own = Client()
    own.force_login(viewer)
    [told] = own.get("/api/extras/notifications/").json()["results"]
    assert (told["event"], told["title"], told["read_at"]) == ("run_failed", "Ping failed", None)
    address = f"/api/extras/notifications/{told['id']}/read/"
    assert send(api, address).status_code == 404
    assert send(own, address).json()["read_at"]
    assert send(own, "/api/extras/notifications/read-all/").status_code == 204


def test_graphql_has_rules_and_tries_them(rule: Rule, api: Client, admin: Any) -> None:
    row = rule(admin)
    asked = f'mutation {{ test_notification_rule(id: "{row.pk}") {{ name events }} }}'
    told = send(api, "/api/graphql/", {"query": asked}).json()["data"]
    assert told["test_notification_rule"]["name"] == row.name
    assert NotificationDelivery.objects.get().in_app
    found = send(api, "/api/graphql/", {"query": "{ notification_rules { name channel } }"})
    assert found.json()["data"]["notification_rules"] == [{"name": row.name, "channel": "IN_APP"}]


def typed(*words: str) -> str:
    told = CliRunner().invoke(main, [*words, "--user", "admin"], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.output


def test_the_shell_lists_tries_and_sends_again(rule: Rule, ended: Ended, admin: Any) -> None:
    row = rule(admin)
    mail = rule(admin, channel="mail")
    ended()
    tell_events()
    assert "Ping failed" in typed("notifications", "list", "--unread")
    assert "1 marked as read." in typed("notifications", "read")
    assert json.loads(typed("notifications", "list", "--unread", "--json")) == []
    assert row.name in typed("notifications", "rules")
    [told] = json.loads(typed("notifications", "deliveries", mail.name, "--json"))
    typed("notifications", "retry", told["id"])
    assert "to 1 recipient." in typed("notifications", "test", row.name)
