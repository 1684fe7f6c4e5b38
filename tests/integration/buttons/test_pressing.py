"""Buttons of a record: who sees which, and what pressing one does."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.contenttypes.models import ContentType
from django.template import Context, Template
from django.test import Client, RequestFactory

from jobsmith.actions.press_button import buttons_on, press_button
from jobsmith.actions.run_form import json_run_form
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, NotFound
from jobsmith.models import Job, JobButton, JobResult
from jobsmith.specs import VariableSpec
from jobsmith.web.asked import WAITS
from jobsmith_server.inventory.models import Device, Site
from tests.support import factories as make

ACCEPTS = {"headers": {"accept": "application/json"}}


@pytest.fixture
def device(db: None) -> Device:
    hall = Site.objects.create(name="Hall", city="Oslo")
    return Device.objects.create(name="sw1 <b>", site=hall, role="switch", serial="123")


@pytest.fixture
def job(db: None) -> Job:
    make.make_worker()
    return make.make_job(make.make_spec("Reboot"), is_job_button_receiver=True)


def button(
    job: Job, text: str = "Reboot {{ obj.name }}", *, on: Any = Device, **fields: Any
) -> JobButton:
    row = JobButton.objects.create(
        name=fields.pop("name", f"button {JobButton.objects.count()}"), job=job, text=text, **fields
    )
    row.content_types.add(ContentType.objects.get_for_model(on))
    return row


def runner(job: Job) -> Any:
    user = make.make_user("rita")
    make.grant(user, "run", Job, {"name": job.name})
    make.grant(user, "view", Device)
    return user


def client_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def html(obj: Any, user: Any) -> str:
    request = RequestFactory().get("/devices/1/?a=1&b=2")
    request.user = user
    text = "{% load jobsmith_buttons %}{% jobsmith_buttons obj %}"
    return Template(text).render(Context({"obj": obj, "request": request, "csrf_token": "tok"}))


def asked(obj: Any, **more: str) -> dict[str, str]:
    return {"object_model_name": obj._meta.label_lower, "object_pk": str(obj.pk), **more}


def test_buttons_stand_in_their_order_and_say_what_their_reader_may_see(
    device: Device, job: Job
) -> None:
    button(job, "second", weight=2)
    button(job, "{{ obj.name }} at {{ obj.site.name|default('a site') }}", weight=1)
    button(job, "{% if obj.role == 'router' %}for routers{% endif %}")
    button(job, "in a menu", group_name="More", button_class="danger")
    button(job, "off", enabled=False)
    button(job, "for sites", on=Site)
    rita = runner(job)
    assert [each.label for each in buttons_on(device, user=rita)] == [
        "sw1 <b> at a site",
        "second",
        "in a menu",
    ]
    make.grant(rita, "view", Site)
    rita = type(rita).objects.get(pk=rita.pk)
    shown = html(device, rita)
    assert "sw1 &lt;b&gt; at Hall" in shown
    assert '<summary class="jsm-jb danger">More</summary>' in shown
    assert 'value="/devices/1/?a=1&amp;b=2"' in shown
    assert shown.count("buttons.js") == 1
    assert "style=" not in shown
    assert "onclick" not in shown


def test_secrets_and_code_of_a_record_are_not_said(device: Device, job: Job) -> None:
    names = ("password", "delete", "objects", "devices", "get_role_display")
    text = "x" + "".join(f"{{{{ obj.{each} }}}}" for each in names)
    button(job, text)
    button(job, text, on=Site)
    admin = make.make_admin()
    button(job, text, on=type(admin))
    for row in (device, device.site, admin):
        assert [each.label for each in buttons_on(row, user=admin)] == ["x"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda job: job.__class__.objects.update(enabled=False), "not enabled"),
        (lambda job: job.__class__.objects.update(installed=False), "not presently installed"),
        (lambda _: make.Worker.objects.all().delete(), "No worker"),
    ],
)
def test_a_button_that_cannot_be_pressed_says_why(
    device: Device, job: Job, spoil: Any, reason: str
) -> None:
    row, rita = button(job), runner(job)
    spoil(job)
    shown = html(device, rita)
    assert reason in shown
    assert "disabled" in shown
    assert "<form" not in shown
    answer = client_of(rita).post(f"/buttons/{row.pk}/press/", asked(device, _confirmed="yes"))
    assert answer.status_code >= 400
    assert not JobResult.objects.exists()


def test_who_lacks_the_right_sees_no_live_button_and_cannot_press(device: Device, job: Job) -> None:
    row = button(job)
    other = make.make_job(make.make_spec("Other"), is_job_button_receiver=True)
    olga, rita = make.make_user("olga"), runner(other)
    make.grant(olga, "view", Device)
    for user, status in ((olga, 403), (rita, 404)):
        assert "<form" not in html(device, user)
        assert "You do not have permission" in html(device, user)
        for more in ({}, ACCEPTS):
            answer = client_of(user).post(
                f"/buttons/{row.pk}/press/", asked(device, _confirmed="yes"), **more
            )
            assert answer.status_code == status
    assert not JobResult.objects.exists()


def test_a_record_out_of_sight_is_told_nothing_of_and_not_acted_on(
    device: Device, job: Job
) -> None:
    row, rita = button(job), make.make_user("rita")
    make.grant(rita, "run", Job)
    shown = html(device, rita)
    assert "sw1" not in shown
    assert "permission to see this record" in shown
    with pytest.raises(NotAllowed):
        press_button(row, user=rita, model="inventory.device", key=str(device.pk), door="web")
    make.grant(rita, "view", Device, {"name": "another"})
    rita = type(rita).objects.get(pk=rita.pk)
    for key in (str(device.pk), "999999", "no key", "9" * 40):
        with pytest.raises(NotFound):
            press_button(row, user=rita, model="inventory.device", key=key, door="web")


def test_a_button_is_only_for_its_own_kinds_of_record(device: Device, job: Job) -> None:
    row, admin = button(job), make.make_admin()
    for model in ("inventory.site", "no.model", "nonsense", ""):
        with pytest.raises(NotFound):
            press_button(row, user=admin, model=model, key=str(device.site_id), door="web")
    JobButton.objects.update(enabled=False)
    with pytest.raises(NotFound):
        press_button(row, user=admin, model="inventory.device", key=str(device.pk), door="web")


def test_pressing_without_scripts_asks_and_comes_back(device: Device, job: Job) -> None:
    row, browser = button(job), client_of(runner(job))
    address = f"/buttons/{row.pk}/press/"
    page = browser.post(address, asked(device, _return_url="/account/"))
    assert page.status_code == 200
    assert "Run Reboot for sw1 &lt;b&gt;?" in page.content.decode()
    assert not JobResult.objects.exists()
    answer = browser.post(address, asked(device, _return_url="/account/", _confirmed="yes"))
    assert (answer.status_code, answer.headers["location"]) == (302, "/account/")
    run = JobResult.objects.get()
    assert run.task_kwargs == {"object_pk": str(device.pk), "object_model_name": "inventory.device"}
    assert (run.door, run.user.username) == ("web", "rita")
    assert "Reboot was started." in browser.get("/account/").content.decode()


def test_a_return_address_elsewhere_is_not_followed(device: Device, job: Job) -> None:
    row, browser = button(job, confirmation=False), client_of(make.make_admin())
    for there in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = browser.post(f"/buttons/{row.pk}/press/", asked(device, _return_url=there))
        assert answer.headers["location"].startswith("/runs/")


def test_scripts_and_programs_are_told_the_run(device: Device, job: Job) -> None:
    row, admin = button(job), make.make_admin()
    browser = client_of(admin)
    told = browser.post(f"/buttons/{row.pk}/press/", asked(device), **ACCEPTS)
    assert told.status_code == 201
    assert told.json() == {
        "message": "Reboot was started.",
        "address": f"/runs/{JobResult.objects.get().pk}/",
        "link": "Show the run",
    }
    sent = json.dumps(asked(device))
    answer = browser.post(
        f"/api/extras/job-buttons/{row.pk}/press/", sent, content_type="application/json"
    )
    assert answer.status_code == 201
    assert JobResult.objects.filter(door="api", pk=answer.json()["job_result"]["id"]).exists()


def test_a_script_is_told_of_the_request_that_waits_for_approval(device: Device, job: Job) -> None:
    row = button(job)
    Job.objects.update(approval_required=True)
    told = client_of(make.make_admin()).post(f"/buttons/{row.pk}/press/", asked(device), **ACCEPTS)
    assert told.status_code == 200
    assert told.json()["link"] == "Show the request"
    assert told.json()["message"] == WAITS
    assert not JobResult.objects.exists()


def test_buttons_of_a_record_take_few_queries(
    device: Device, job: Job, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        button(job, "{{ obj.site.name }}", weight=number)
    rita = runner(job)
    rita = type(rita).objects.get(pk=rita.pk)
    with django_assert_max_num_queries(8):
        assert len(buttons_on(device, user=rita)) == 0
    make.grant(rita, "view", Site)
    rita = type(rita).objects.get(pk=rita.pk)
    with django_assert_max_num_queries(8):
        assert len(buttons_on(device, user=rita)) == 20


def test_graphql_and_the_command_press_it_by_the_same_rules(device: Device, job: Job) -> None:
    row, rita = button(job), runner(job)
    said = f'object_model_name: "inventory.device", object_pk: "{device.pk}"'
    query = f'mutation {{ press_job_button(id: "{row.pk}", {said}) {{ id }} }}'
    browser = client_of(rita)
    told = browser.post("/api/graphql/", {"query": query}, content_type="application/json").json()
    assert told == {"data": {"press_job_button": None}}  # who may press may not see runs yet
    words = ["press", row.name, f"inventory.device:{device.pk}", "--no-wait"]
    typed = CliRunner().invoke(main, [*words, "--user", rita.username])
    assert typed.exit_code == 0, typed.output
    runs = JobResult.objects.order_by("date_created")
    assert [each.door for each in runs] == ["graphql", "cli"]
    assert {each.task_kwargs["object_pk"] for each in runs} == {str(device.pk)}
    stranger = make.make_user("stranger")
    for who, record, code in (
        (stranger, f"inventory.device:{device.pk}", 3),
        (rita, "inventory.device:999999", 2),
        (rita, f"inventory.site:{device.site_id}", 3),
        (rita, "no such kind", 2),
        (rita, "no.kind:1", 2),
    ):
        words = ["press", row.name, record, "--no-wait", "--user", who.username]
        assert CliRunner().invoke(main, words).exit_code == code, record
    assert JobResult.objects.count() == 2


@pytest.mark.parametrize("secret", ["users.user", "inventory.site", "no.model", "jobsmith", "\x00"])
def test_running_its_job_without_pressing_takes_a_record_in_sight(
    device: Device, secret: str
) -> None:
    make.make_worker()
    names = ("object_pk", "object_model_name")
    spec = make.make_spec(
        "Reboot",
        *(VariableSpec(name=each, type="StringVar") for each in names),
        is_job_button_receiver=True,
    )
    job = make.make_job(spec, is_job_button_receiver=True)
    rita = runner(job)
    seen = {"object_pk": str(device.pk), "object_model_name": "inventory.device"}
    assert json_run_form(job, user=rita, data=seen).is_valid()
    for key, model in ((str(rita.pk), secret), (str(device.site_id), secret), ("-1", secret)):
        form = json_run_form(job, user=rita, data={"object_pk": key, "object_model_name": model})
        assert not form.is_valid()
        assert form.refusals().keys() <= set(names)
    hidden = make.make_user("paul", "run_job")
    assert not json_run_form(job, user=hidden, data=seen).is_valid()
