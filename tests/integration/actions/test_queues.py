"""Queues that are paused, drained and resumed, at every door."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from rest_framework.test import APIClient

from jobsmith.actions.enqueue_job import RunOptions, enqueue_job, enqueue_many
from jobsmith.actions.press_button import buttons_on
from jobsmith.actions.queue_state import drain_queue, pause_queue, resume_queue
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, QueueDraining
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import JobButton, JobQueue, JobResult, ObjectChange
from jobsmith.runner.claims import claim
from jobsmith.runner.reasons import SOON
from jobsmith.runner.waiting import explain
from jobsmith_server.inventory.models import Site
from tests.support.factories import (
    default_queue,
    make_admin,
    make_job,
    make_result,
    make_user,
    make_worker,
)

pytestmark = pytest.mark.django_db

NOTHING = CleanInputs(values={}, files={})
VERBS = (("pause", "paused"), ("drain", "draining"), ("resume", "active"))


@pytest.fixture
def admin() -> Any:
    return make_admin()


@pytest.fixture
def api(admin: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(admin)
    return client


def state() -> tuple[str, str]:
    row = default_queue()
    return row.state, row.state_by


def typed(*words: str) -> Any:
    return CliRunner().invoke(main, ["queues", *words, "--user", "admin"])


def test_a_paused_queue_accepts_runs_and_one_that_drains_refuses_them(admin: Any) -> None:
    make_worker()
    job, queue = make_job(), default_queue()
    pause_queue(queue, user=admin)
    job.refresh_from_db()
    assert enqueue_job(job, user=admin, inputs=NOTHING).status == "PENDING"
    drain_queue(queue, user=admin)
    with pytest.raises(QueueDraining, match=r"takes no new runs now: .* by admin"):
        enqueue_job(job, user=admin, inputs=NOTHING)
    assert JobResult.objects.count() == 1
    resume_queue(queue, user=admin)
    enqueue_job(job, user=admin, inputs=NOTHING)


def test_what_nobody_asks_for_by_hand_waits_until_a_queue_that_drains_is_resumed(
    admin: Any,
) -> None:
    worker, job, queue = make_worker(), make_job(), default_queue()
    before = make_result(job)
    drain_queue(queue, user=admin)
    job.refresh_from_db()
    due = enqueue_job(job, user=admin, inputs=NOTHING, options=RunOptions(by_clock=True))
    with transaction.atomic():
        (answer,) = enqueue_many(job, [(admin, NOTHING)], RunOptions(door="hook"))
    assert claim(worker, queues=["default"], most=9) == [before]
    assert claim(worker, queues=["default"], most=1, only=str(due.pk)) == []
    explain()
    due.refresh_from_db()
    assert due.waiting_reason.startswith("Its queue is being drained by admin since 20")
    assert due.waiting_reason.endswith("it waits until the queue is resumed.")
    resume_queue(queue, user=admin)
    explain()
    due.refresh_from_db()
    assert due.waiting_reason == SOON
    assert claim(worker, queues=["default"], most=9) == [due, answer]


def test_a_button_of_a_job_whose_queue_drains_says_what_pressing_it_would(admin: Any) -> None:
    make_worker()
    hall, job = Site.objects.create(name="Hall"), make_job(is_job_button_receiver=True)
    button = JobButton.objects.create(name="Reboot", job=job, text="Reboot")
    button.content_types.add(ContentType.objects.get_for_model(Site))
    (shown,) = buttons_on(hall, user=admin)
    assert shown.why_not == ""
    drain_queue(default_queue(), user=admin)
    (shown,) = buttons_on(hall, user=admin)
    assert shown.why_not == "Queue default takes no new runs now: it is being drained by admin."


def test_each_change_is_in_the_trail_and_doing_it_twice_is_not(admin: Any) -> None:
    queue = default_queue()
    for verb in (pause_queue, pause_queue, drain_queue, resume_queue, resume_queue):
        verb(queue, user=admin)
    trail = ObjectChange.objects.filter(object_label="jobsmith.jobqueue").order_by("time")
    assert [each.after["state"] for each in trail] == ["paused", "draining", "active"]
    assert state() == ("active", "")


def test_it_takes_the_right_to_change_the_queue() -> None:
    user = make_user("olga", "view_jobqueue", "run_job")
    for verb in (pause_queue, drain_queue, resume_queue):
        with pytest.raises(NotAllowed):
            verb(default_queue(), user=user)


def test_a_page_pauses_drains_and_resumes_and_says_what_goes_on(admin: Any, client: Any) -> None:
    worker, job = make_worker(slots=3), make_job()
    make_result(job, status="STARTED", worker_id=worker.pk)
    make_result(job)
    client.force_login(admin)
    address = f"/queues/{default_queue().pk}/"
    for verb, told in (("pause", "Paused"), ("drain", "Draining"), ("resume", "Runs are taken.")):
        assert client.get(f"{address}{verb}/").status_code == 405
        assert client.post(f"{address}{verb}/").status_code == 302
        assert told in client.get(address).content.decode()
    page = client.get(address).content.decode()
    assert "1 of 3 busy" in page
    assert "1, the oldest since" in page
    assert "1 of 3" in client.get("/queues/").content.decode()


def test_rest_pauses_drains_and_resumes_and_tells_the_load(api: APIClient, admin: Any) -> None:
    worker, job = make_worker(slots=3), make_job()
    make_worker(draining=True)
    make_result(job, status="STARTED", worker_id=worker.pk)
    waits = make_result(job)
    address = f"/api/extras/job-queues/{default_queue().pk}/"
    for verb, told in VERBS:
        answer = api.post(f"{address}{verb}/")
        assert (answer.status_code, answer.json()["state"]) == (200, told)
    load = api.get(f"{address}load/").json()
    assert (load["waiting"], load["running"], load["slots"], load["busy"]) == (1, 1, 3, 1)
    assert load["oldest_waiting"][:19] == waits.date_created.isoformat()[:19]
    assert sorted(each["draining"] for each in load["workers"]) == [False, True]
    drain_queue(default_queue(), user=admin)
    refused = api.post(f"/api/extras/jobs/{job.pk}/run/", {}, format="json")
    assert (refused.status_code, "takes no new runs" in refused.content.decode()) == (409, True)


def test_graphql_pauses_drains_and_resumes(admin: Any, client: Any) -> None:
    client.force_login(admin)
    for verb, told in VERBS:
        text = f'mutation {{ {verb}_job_queue(id: "{default_queue().pk}") {{ state }} }}'
        sent = json.dumps({"query": text})
        answer = client.post("/api/graphql/", sent, content_type="application/json").json()
        assert answer["data"][f"{verb}_job_queue"] == {"state": told.upper()}


def test_commands_pause_drain_resume_and_list(admin: Any) -> None:
    make_worker()
    make_result()
    for verb, told in VERBS:
        assert (typed(verb, "default").exit_code, state()[0]) == (0, told)
    (row,) = json.loads(typed("list", "--json").output)
    assert (row["name"], row["waiting"], row["running"]) == ("default", 1, 0)
    assert "0 of 2" in typed("list").output
    assert typed("pause", "nowhere").exit_code == 2


def test_runs_are_found_by_their_queue(api: APIClient) -> None:
    make_result()
    JobQueue.objects.create(name="other")
    found = api.get("/api/extras/job-results/?job_queue=default&status=PENDING").json()
    assert found["count"] == 1
    assert api.get("/api/extras/job-results/?job_queue=other").json()["count"] == 0
