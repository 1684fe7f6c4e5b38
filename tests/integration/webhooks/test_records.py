"""Webhooks as records: who may make them, what they may say, and where their secret is shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from jobsmith.actions.map_message import NOTHING, applies, value_at
from jobsmith.actions.save_webhook import update_webhook
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, NotFound
from jobsmith.models import Job, JobQueue, JobResult, JobWebhook, ObjectChange
from tests.integration.api.conftest import client_of
from tests.support import factories as make

from .conftest import MAPPING, MESSAGE, Sender

Make = Callable[..., Sender]
ADDRESS = "/api/extras/job-webhooks/"


@pytest.fixture
def boss(db: None) -> Any:
    return make.make_admin()


@pytest.fixture
def browser(boss: Any) -> Client:
    found = Client()
    found.force_login(boss)
    return found


def add(job: Job, boss: Any, **more: Any) -> Any:
    body = {"name": "From Git", "job": str(job.pk), "mapping": MAPPING, **more}
    return client_of(boss).post(ADDRESS, body, format="json")


def test_rest_shows_the_secret_once(job: Job, boss: Any) -> None:
    made = add(job, boss)
    assert made.status_code == 201, made.content
    told = made.json()
    row = JobWebhook.objects.get()
    assert told["webhook_url"] == f"http://testserver/hooks/jobs/{row.pk}/"
    assert (row.owner, told["owner"]["id"]) == (boss, str(boss.pk))
    assert Sender(row, told["secret"])().status_code == 202
    shown = client_of(boss).get(f"{ADDRESS}{row.pk}/")
    assert shown.json()["secret"] is None
    assert told["secret"] not in shown.content.decode()
    assert not any(told["secret"] in str(each.after) for each in ObjectChange.objects.all())


def test_rest_renews_the_secret_and_lists_deliveries(sender: Make, boss: Any) -> None:
    send = sender()
    send(id="d1")
    api = client_of(boss)
    listed = api.get(f"{ADDRESS}{send.row.pk}/deliveries/").json()
    assert (listed["count"], listed["results"][0]["delivery_id"]) == (1, "d1")
    assert listed["results"][0]["job_result"] == str(JobResult.objects.get().pk)
    renewed = api.post(f"{ADDRESS}{send.row.pk}/renew-secret/").json()
    assert renewed["secret"].startswith("whsec_")
    assert renewed["secret"] != send.secret
    assert JobWebhook.objects.get().owner == send.row.owner
    change = ObjectChange.objects.filter(object_label="jobsmith.jobwebhook").latest("time")
    assert change.action == "update"


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"mapping": {"nothing": {"value": 1}}}, "mapping", "has no input nothing"),
        ({"mapping": {"host": {"path": "device"}}}, "mapping", "JSON pointer"),
        ({"mapping": {"host": {"path": 1}}}, "mapping", "JSON pointer"),
        ({"mapping": {"host": {"path": "/" * 101}}}, "mapping", "JSON pointer"),
        ({"mapping": {"host": "{{ device.name }}"}}, "mapping", '{"path": "/a/b"}'),
        ({"mapping": {"host": {"path": "/a", "value": 1}}}, "mapping", '{"path": "/a/b"}'),
        ({"mapping": {"host": {}}}, "mapping", '{"path": "/a/b"}'),
        ({"mapping": {"password": {"value": "x"}}}, "mapping", "kept sealed"),
        ({"mapping": {"password": {"path": "/a", "default": 1}}}, "mapping", "kept sealed"),
        ({"mapping": [1]}, "mapping", "dictionary"),
        ({"condition": {"path": "/a"}}, "condition", '"equals"'),
        ({"condition": {"path": "a", "equals": 1}}, "condition", "JSON pointer"),
        ({"scheme": "none"}, "scheme", "not a valid choice"),
        ({"per_minute": 0}, "per_minute", "1 to 1,000"),
        ({"per_minute": 1001}, "per_minute", "1 to 1,000"),
        ({"name": ""}, "name", "blank"),
        ({"job_queue": "other"}, "job_queue", "none of the queues"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_makes_no_sense_is_refused_by_field(
    job: Job, boss: Any, more: Any, field: str, said: str
) -> None:
    JobQueue.objects.create(name="other")
    answer = add(job, boss, **more)
    assert answer.status_code == 400
    assert said in str(answer.json()[field])
    assert not JobWebhook.objects.exists()


def test_a_disabled_job_has_no_webhook_that_is_on(job: Job, boss: Any) -> None:
    Job.objects.update(enabled=False)
    assert "not enabled" in str(add(job, boss).json()["enabled"])
    assert add(job, boss, enabled=False).status_code == 201


def test_whoever_saves_it_runs_by_it(sender: Make, boss: Any) -> None:
    send = sender()
    update_webhook(send.row, user=boss, values={"per_minute": 5})
    send()
    assert JobResult.objects.get().user == boss


def test_who_cannot_run_the_job_can_switch_it_off_and_nothing_more(
    sender: Make, owner: Any
) -> None:
    row = sender().row
    guard = make.make_user("guard", "change_jobwebhook")
    with pytest.raises(NotAllowed):
        update_webhook(row, user=guard, values={"per_minute": 5})
    other = make.make_user("other", "change_jobwebhook")
    make.grant(other, "run", Job, {"name": "Another"})
    with pytest.raises(NotFound):
        update_webhook(row, user=other, values={"enabled": True})
    off = update_webhook(row, user=guard, values={"enabled": False})
    assert (off.enabled, off.owner) == (False, owner)


def test_pages_make_show_and_renew(browser: Client, job: Job) -> None:
    form = {"name": "Page", "job": str(job.pk), "scheme": "hmac", "per_minute": "60"}
    form |= {"mapping": json.dumps(MAPPING), "condition": "", "enabled": "on"}
    made = browser.post("/webhooks/add/", form)
    assert made.status_code == 200, made.content
    row = JobWebhook.objects.get()
    assert "shown this once" in made.content.decode()
    secret = made.content.decode().split('id="webhook-secret" value="')[1].split('"')[0]
    assert Sender(row, secret)().status_code == 202
    shown = browser.get(f"/webhooks/{row.pk}/").content.decode()
    assert f"/hooks/jobs/{row.pk}/" in shown
    assert secret not in shown
    run = JobResult.objects.get()
    assert run.get_absolute_url() in shown
    log = browser.get(f"/webhooks/{row.pk}/deliveries/").content.decode()
    assert run.get_absolute_url() in log
    page = browser.get(run.get_absolute_url()).content.decode()
    assert f'/webhooks/{row.pk}/">Page</a>, delivery' in page
    renewed = browser.post(f"/webhooks/{row.pk}/renew-secret/").content.decode()
    assert secret not in renewed
    assert "Page" in browser.get("/webhooks/").content.decode()
    assert browser.post("/webhooks/add/", {**form, "mapping": "{"}).status_code == 400


def test_who_may_not_see_webhooks_sees_only_the_door_of_a_run(sender: Make) -> None:
    sender()(id="secret-delivery")
    eve = make.make_user("eve", "view_jobresult")
    browser = Client()
    browser.force_login(eve)
    page = browser.get(JobResult.objects.get().get_absolute_url()).content.decode()
    assert "from webhook" in page
    assert "secret-delivery" not in page
    assert "from elsewhere" not in page


def test_graphql_tells_webhooks(sender: Make, boss: Any) -> None:
    sender()
    query = "{ job_webhooks { name scheme mapping job { name } } jobs { job_webhooks { name } } }"
    told = client_of(boss).post("/api/graphql/", {"query": query}, format="json").json()
    assert told["data"]["job_webhooks"] == [
        {
            "name": "from elsewhere",
            "scheme": "STANDARD",
            "mapping": MAPPING,
            "job": {"name": "Provision"},
        }
    ]
    assert told["data"]["jobs"] == [{"job_webhooks": [{"name": "from elsewhere"}]}]


def run(*words: str) -> str:
    said = CliRunner().invoke(main, ["webhooks", *words])
    assert said.exit_code == 0, said.output
    return said.output


def test_the_command_makes_switches_and_tells(job: Job, boss: Any) -> None:
    told = run("add", "cli", "Provision", "--input", "host=/device/name", "--set", "count=3")
    address, secret = told.split()
    row = JobWebhook.objects.get()
    assert address == f"/hooks/jobs/{row.pk}/"
    assert row.mapping == {"host": {"path": "/device/name"}, "count": {"value": 3}}
    assert Sender(row, secret)(id="d1").status_code == 202
    told = json.loads(run("deliveries", "cli", "--json"))
    assert [(each["delivery_id"], each["outcome"]) for each in told] == [("d1", "started")]
    run("disable", "cli")
    assert json.loads(run("list", "--json"))[0]["enabled"] is False
    assert Sender(row, secret)().status_code == 409
    run("enable", "cli")
    assert run("renew-secret", "cli").split()[1] != secret
    assert "cli" in run("list")
    assert "d1" in run("deliveries", "cli")
    run("delete", "cli")
    assert not JobWebhook.objects.exists()


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", MESSAGE),
        ("/device/ports/0", 8),
        ("/device/ports/1", NOTHING),
        ("/device/ports/00", NOTHING),
        ("/device/ports/-1", NOTHING),
        ("/device/ports/-", NOTHING),
        ("/device/ports/٠", NOTHING),
        ("/device/ports/99999999999999999999", NOTHING),
        ("/device/__class__", NOTHING),
        ("/device/name/0", NOTHING),
        ("/missing/deep", NOTHING),
    ],
)
def test_a_pointer_leads_to_a_value_or_nowhere(pointer: str, found: Any) -> None:
    assert value_at(MESSAGE, pointer) == found


def test_a_pointer_escapes_its_own_signs() -> None:
    assert value_at({"a/b": {"c~d": {"": 1}}}, "/a~1b/c~0d/") == 1


def test_a_condition_tells_true_from_one() -> None:
    assert applies({"path": "/a", "equals": True}, {"a": True})
    assert not applies({"path": "/a", "equals": True}, {"a": 1})
    assert not applies({"path": "/a", "equals": None}, {})
    assert applies({"path": "/a", "equals": None}, {"a": None})
