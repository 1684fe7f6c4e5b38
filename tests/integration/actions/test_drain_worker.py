"""A worker that somebody drains takes nothing more, until it is resumed; at every door."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.drain_worker import drain_worker, resume_worker
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, WorkerGone
from jobsmith.models import ObjectChange, Worker
from jobsmith.runner.claims import claim
from tests.support.factories import make_admin, make_result, make_user, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Any:
    return make_admin()


@pytest.fixture
def worker() -> Worker:
    return make_worker(name="w1")


def drains(worker: Worker) -> bool:
    return Worker.objects.get(pk=worker.pk).draining


def test_it_takes_nothing_more_and_is_in_the_trail(admin: Any, worker: Worker) -> None:
    run = make_result()
    for verb in (drain_worker, drain_worker):
        verb(worker, user=admin)
    assert claim(worker, queues=["default"], most=1) == []
    resume_worker(worker, user=admin)
    assert claim(worker, queues=["default"], most=1) == [run]
    assert ObjectChange.objects.filter(object_label="jobsmith.worker").count() == 2


def test_it_takes_the_right_to_change_workers_and_one_that_lives(admin: Any) -> None:
    stopped = make_worker(stopped_at=timezone.now())
    with pytest.raises(WorkerGone):
        drain_worker(stopped, user=admin)
    with pytest.raises(WorkerGone):
        drain_worker(make_worker(kind="scheduler"), user=admin)
    with pytest.raises(NotAllowed):
        drain_worker(make_worker(), user=make_user("olga", "view_jobqueue"))


def test_the_page_of_its_queue_drains_and_resumes_it(
    admin: Any, worker: Worker, client: Any
) -> None:
    make_result()
    client.force_login(admin)
    for verb, state, offered in (("drain", True, "resume"), ("resume", False, "drain")):
        answer = client.post(f"/workers/{worker.pk}/{verb}/", follow=True)
        assert (answer.status_code, drains(worker)) == (200, state)
        assert f"/workers/{worker.pk}/{offered}/" in answer.content.decode()


def test_rest_lists_drains_and_resumes_it(admin: Any, worker: Worker) -> None:
    make_result(status="STARTED", worker_id=worker.pk)
    api = APIClient()
    api.force_authenticate(admin)
    (told,) = api.get("/api/extras/workers/").json()["results"]
    assert (told["name"], told["queues"], told["busy"]) == ("w1", ["default"], 1)
    for verb, state in (("drain", True), ("resume", False)):
        assert api.post(f"/api/extras/workers/{worker.pk}/{verb}/").json()["draining"] is state


def test_queues_out_of_sight_are_not_named(worker: Worker) -> None:
    make_result()
    api = APIClient()
    api.force_authenticate(make_user("olga", "view_job"))
    assert api.get(f"/api/extras/workers/{worker.pk}/").json()["queues"] == []


def test_commands_list_drain_and_resume_it(admin: Any, worker: Worker) -> None:
    make_result()
    for verb, state in (("drain", True), ("resume", False)):
        done = CliRunner().invoke(main, ["workers", verb, "w1", "--user", "admin"])
        assert (done.exit_code, drains(worker)) == (0, state)
    listed = CliRunner().invoke(main, ["workers", "list", "--json", "--user", "admin"])
    (told,) = json.loads(listed.output)
    assert (told["name"], told["busy"], told["queues"]) == ("w1", 0, ["default"])
    assert CliRunner().invoke(main, ["workers", "drain", "x", "--user", "admin"]).exit_code == 2
