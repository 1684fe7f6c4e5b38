"""What runs wait for, what lists say when they are empty, and which queues are offered."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from jobsmith.actions.decide_approval import NO_DIGEST
from jobsmith.actions.save_queue import UNSERVED
from jobsmith.cli.main import main
from jobsmith.models import JobQueue
from tests.integration.api.conftest import client_of
from tests.support import factories as make
from tests.support.approvals import gated_job, make_approver, request_of, stage_of

pytestmark = pytest.mark.django_db


def waiting_for(holder: Any) -> Any:
    reason = f"Only one run of this job goes on at a time: it waits for run {holder.pk}."
    return make.make_result(holder.job_model, status="PENDING", waiting_reason=reason)


def test_a_run_that_waits_names_the_other_one_and_leads_there(client: Client) -> None:
    holder = make.make_result(status="STARTED")
    run, short = waiting_for(holder), str(holder.pk)[:8]
    page = client.get(run.get_absolute_url()).content.decode()
    assert f'<a href="{holder.get_absolute_url()}">{holder.name} #{short}</a>.' in page
    listed = client.get("/runs/?status=PENDING").content.decode()
    assert f"it waits for run #{short}." in listed
    assert str(holder.pk) not in listed


def test_a_run_out_of_reach_is_not_named(admin: Any) -> None:
    holder = make.make_result(status="STARTED", user=admin)
    run = waiting_for(holder)
    user = make.make_user("olga")
    make.grant(user, "view", type(run), {"pk": str(run.pk)})
    browser = Client()
    browser.force_login(user)
    page = browser.get(run.get_absolute_url()).content.decode()
    assert f"it waits for run #{str(holder.pk)[:8]}." in page.replace("\n", "")
    assert holder.get_absolute_url() not in page


def test_only_those_who_may_miss_something_are_told_so(client: Client) -> None:
    queue = JobQueue.objects.create(name="empty")
    browser = Client()
    browser.force_login(make.make_user("olga", "view_jobqueue"))
    assert "None that you may see." in browser.get(f"/queues/{queue.pk}/").content.decode()
    page = client.get(f"/queues/{queue.pk}/").content.decode()
    assert "None." in page
    assert "None that you may see" not in page


def test_the_viewer_does_not_say_that_it_connects_before_it_does(client: Client) -> None:
    page = client.get(make.make_result(status="STARTED").get_absolute_url()).content.decode()
    assert "Connecting" not in page
    assert "<span data-state>Not live</span>" in page


def test_queues_that_no_engine_serves_are_refused_at_every_door(client: Client, admin: Any) -> None:
    sent = {"name": "pods", "queue_type": "kubernetes"}
    answer = client_of(admin).post("/api/extras/job-queues/", sent, format="json")
    assert (answer.status_code, answer.json()) == (400, {"queue_type": [UNSERVED]})
    assert 'value="kubernetes"' not in client.get("/queues/add/").content.decode()
    assert client.post("/queues/add/", sent).status_code == 400
    assert not JobQueue.objects.filter(name="pods").exists()


def test_a_queue_of_that_type_that_is_there_is_read_and_edited(client: Client, admin: Any) -> None:
    queue = JobQueue.objects.create(name="pods", queue_type="kubernetes")
    api = client_of(admin)
    address = f"/api/extras/job-queues/{queue.pk}/"
    assert api.get(address).json()["queue_type"] == "kubernetes"
    sent = {"description": "old", "queue_type": "kubernetes"}
    assert api.patch(address, sent, format="json").status_code == 200
    assert 'value="kubernetes" selected' in client.get(f"/queues/{queue.pk}/").content.decode()
    assert api.patch(address, {"queue_type": "celery"}, format="json").status_code == 200
    assert api.patch(address, {"queue_type": "kubernetes"}, format="json").status_code == 400


@pytest.mark.parametrize(
    ("query", "name"), [("status=NOPE", "status"), ("job=x", "job"), ("since=soon", "since")]
)
def test_a_filter_that_means_nothing_is_named(client: Client, query: str, name: str) -> None:
    make.make_result()
    answer = client.get(f"/runs/?{query}")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'<span class="jsm-mono">{name}</span>:' in page
    assert "No run matches." in page


def test_an_empty_list_is_called_that(admin: Any) -> None:
    for method in ("patch", "put", "delete"):
        answer = getattr(client_of(admin), method)("/api/extras/jobs/", [], format="json")
        assert answer.status_code == 400
        assert answer.json() == {"non_field_errors": ["This list may not be empty."]}


def test_what_is_no_digest_is_refused_as_such_at_every_door(admin: Any) -> None:
    make.make_worker()
    anna = make_approver()
    request = request_of(gated_job(), admin)
    stage = stage_of(request)
    browser, api = Client(), client_of(anna)
    browser.force_login(anna)
    address = f"/api/extras/approval-workflow-stages/{stage.pk}/approve/"
    for digest in ("x", "\n", "é" * 64, "0" * 65):
        answer = api.post(address, {"digest": digest}, format="json")
        assert (answer.status_code, answer.json()) == (400, {"digest": [NO_DIGEST]}), digest
    page = browser.post(f"/approvals/{stage.pk}/approve/", {"digest": "x"}, follow=True)
    assert NO_DIGEST in page.content.decode()
    verb = f'approve_approval_workflow_stage(id: "{stage.pk}", digest: "x") {{ id }}'
    sent = json.dumps({"query": f"mutation {{ {verb} }}"})
    told = browser.post("/api/graphql/", sent, content_type="application/json").json()
    assert told["errors"][0]["extensions"]["errors"] == {"digest": [NO_DIGEST]}
    words = ["approvals", "approve", str(request.pk), "--digest", "x", "--user", "anna"]
    said = CliRunner().invoke(main, words)
    assert (said.exit_code, NO_DIGEST in said.output) == (2, True)
    stage.refresh_from_db()
    assert stage.state == "Pending"
    answer = api.post(address, {"digest": request.digest}, format="json")
    assert answer.status_code == 200
