"""Whoever asks sees the request, what it is about, and how to take it back."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from jobsmith.actions.fire_hooks import fire_all
from jobsmith.actions.press_button import press_button
from jobsmith.approving import expected_words
from jobsmith.cli.main import main
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    Job,
    JobButton,
    JobHook,
    ObjectChange,
)
from jobsmith.policies import requests
from jobsmith.rights import AnonymousUser
from jobsmith.specs import VariableSpec
from tests.integration.api.conftest import client_of
from tests.support.approvals import define, gated_job, make_approver, request_of
from tests.support.factories import grant, make_admin, make_job, make_spec, make_user
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db
JSON: Any = {"content_type": "application/json"}


@pytest.fixture
def rita(worker: Any) -> Any:
    """May run jobs, and has no right to requests."""
    return make_user("rita", "view_job", "run_job")


def browser_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_after_asking_the_form_leads_to_the_request_and_who_has_to_approve(
    job: Job, rita: Any
) -> None:
    came = browser_of(rita).post(f"{job.get_absolute_url()}run/", {"host": "a"}, follow=True)
    made = ApprovalWorkflow.objects.get()
    assert came.redirect_chain == [(made.get_absolute_url(), 302)]
    text = came.content.decode()
    assert "Waits for approval of 1 of those who may approve the job." in text
    assert "Cancel request" in text


def test_who_asked_finds_and_cancels_it_at_every_door_without_a_right(job: Job, rita: Any) -> None:
    page, api, graph, shell = (request_of(job, rita, host=each) for each in "abcd")
    foreign = request_of(job, make_user("olga", "run_job"), host="e")
    browser, client = browser_of(rita), client_of(rita)
    assert str(page.pk) in browser.get("/approvals/?show=asked").content.decode()
    listed = client.get("/api/extras/approval-workflows/").json()
    assert {each["id"] for each in listed["results"]} == {
        str(each.pk) for each in (page, api, graph, shell)
    }
    assert browser.post(f"/approvals/{page.pk}/cancel/").status_code == 302
    assert client.post(f"/api/extras/approval-workflows/{api.pk}/cancel/").status_code == 200
    query = f'mutation {{ cancel_approval_workflow(id: "{graph.pk}") {{ current_state }} }}'
    sent = json.dumps({"query": query})
    assert "errors" not in browser.post("/api/graphql/", sent, **JSON).json()
    told = CliRunner().invoke(main, ["approvals", "cancel", str(shell.pk), "--user", "rita"])
    assert told.exit_code == 0, told.output
    states = ApprovalWorkflow.objects.exclude(pk=foreign.pk).values_list("current_state", flat=True)
    assert set(states) == {"Canceled"}
    assert browser.get(foreign.get_absolute_url()).status_code == 404
    assert browser.post(f"/approvals/{foreign.pk}/cancel/").status_code == 404
    assert client.post(f"/api/extras/approval-workflows/{foreign.pk}/cancel/").status_code == 404


def test_requests_of_nobody_are_not_those_of_strangers(job: Job, rita: Any) -> None:
    request_of(job, rita)
    ApprovalWorkflow.objects.update(user=None)
    rita.scheduled_jobs.update(user=None)
    assert not requests(AnonymousUser()).exists()


def test_a_buttons_request_names_its_record_to_who_may_see_that(worker: Any) -> None:
    job = gated_job("Reboot", is_job_button_receiver=True, has_sensitive_variables=True)
    target, admin = make_job(make_spec("Switch 41")), make_admin()
    button = JobButton.objects.create(name="Reboot", text="Reboot", job=job)
    button.content_types.add(ContentType.objects.get_for_model(Job))
    press_button(button, user=admin, model="jobsmith.job", key=str(target.pk), door="web")
    made = ApprovalWorkflow.objects.get()
    record = {"model": "jobsmith.job", "key": str(target.pk)}
    assert made.frozen["about"] == record
    page = browser_of(admin).get(made.get_absolute_url()).content.decode()
    assert f'<a href="{target.get_absolute_url()}">Job Switch 41</a>' in page
    anna = make_approver()
    page = browser_of(anna).get(made.get_absolute_url()).content.decode()
    assert "Switch 41" not in page
    assert f"Job {target.pk}" in page
    told = client_of(anna).get(f"/api/extras/approval-workflows/{made.pk}/").json()
    assert told["frozen"]["about"] == record
    query = json.dumps({"query": f'{{ approval_workflow(id: "{made.pk}") {{ frozen }} }}'})
    answer = browser_of(anna).post("/api/graphql/", query, **JSON).json()
    assert answer["data"]["approval_workflow"]["frozen"]["about"] == record
    said = CliRunner().invoke(main, ["approvals", "show", str(made.pk), "--user", "anna"])
    assert json.loads(said.output)["asked_for"]["about"] == record


def test_a_hooks_request_names_the_change(job: Job) -> None:
    Job.objects.update(is_job_hook_receiver=True, has_sensitive_variables=True)
    job.refresh_from_db()
    hook = JobHook.objects.create(name="answer", job=job, type_update=True)
    hook.content_types.add(ContentType.objects.get_for_model(Job))
    olga, target = make_user("olga"), make_job(make_spec("Switch 41"))
    change = ObjectChange.objects.create(
        user=olga,
        user_name="olga",
        request_id=target.pk,
        action="update",
        changed_object_type=ContentType.objects.get_for_model(Job),
        object_label="jobsmith.job",
        changed_object_id=str(target.pk),
        object_repr="Switch 41",
        awaits_hooks=True,
    )
    assert fire_all() == 1
    made = ApprovalWorkflow.objects.get()
    about = {"model": "jobsmith.job", "key": str(target.pk)}
    assert made.frozen["about"] == {**about, "change": str(change.pk), "action": "update"}
    page = browser_of(make_admin()).get(made.get_absolute_url()).content.decode()
    assert "Updated by olga" in page
    anna = make_approver()
    page = browser_of(anna).get(made.get_absolute_url()).content.decode()
    assert "Switch 41" not in page
    assert f"Updated, {change.pk}" in page
    grant(anna, "view", ObjectChange)
    page = browser_of(type(anna).objects.get(pk=anna.pk)).get(made.get_absolute_url())
    assert "Updated by olga" in page.content.decode()


def test_a_schedule_is_about_no_record(job: Job, rita: Any) -> None:
    assert make_schedule(job, rita).asked == {}
    assert request_of(job, rita).frozen["about"] == {}


def test_rules_about_other_inputs_are_not_spoken_of() -> None:
    host = VariableSpec(name="host", type="StringVar")
    secret = VariableSpec(name="password", type="SecretVar")
    job = make_job(make_spec("Ping", host, secret))
    define(weight=2, kwargs__site="prod")
    define(weight=3, kwargs__password__startswith="a")
    assert expected_words(job) == ""
    define(weight=4, kwargs__site__isnull=True)
    assert "depends on the inputs" in expected_words(job)
    ApprovalWorkflowDefinition.objects.filter(weight=4).delete()
    define(weight=5, kwargs__host="core-1")
    assert "depends on the inputs" in expected_words(job)
