"""Runs with a higher priority come first; asking for one above the usual takes a right."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from rest_framework.test import APIClient

from jobsmith.actions.enqueue_job import RunOptions, enqueue_job
from jobsmith.actions.priority import read_priority
from jobsmith.cli.main import main
from jobsmith.errors import NotAllowed, PriorityRefused
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import Job, JobResult, ScheduledJob
from jobsmith.runner.claims import claim
from tests.support.factories import grant, make_admin, make_job, make_user, make_worker

pytestmark = pytest.mark.django_db

NOTHING = CleanInputs(values={}, files={})
WHEN = {"name": "Nightly", "interval": "custom", "crontab": "0 0 * * *"}


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job()


@pytest.fixture
def runner(job: Job) -> Any:
    """Somebody who may run and see, and no more."""
    return make_user("olga", "view_job", "run_job", "view_jobresult", "view_scheduledjob")


def start(job: Job, user: Any, priority: int) -> JobResult:
    return enqueue_job(job, user=user, inputs=NOTHING, options=RunOptions(priority=priority))


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def posted(user: Any, job: Job, **body: Any) -> tuple[int, Any]:
    answer = api(user).post(f"/api/extras/jobs/{job.pk}/run/", body, format="json")
    return answer.status_code, answer.json()


def test_a_higher_priority_is_claimed_first_and_of_the_same_the_oldest(job: Job) -> None:
    admin = make_admin()
    low, first, second, urgent = (start(job, admin, each) for each in (-5, 0, 0, 7))
    taken = claim(make_worker(), queues=["default"], most=3)
    assert taken == [urgent, first, second]
    assert claim(make_worker(), queues=["default"], most=3) == [low]


def test_lowering_is_free_and_raising_takes_the_right_on_this_job(job: Job, runner: Any) -> None:
    assert start(job, runner, -100).priority == -100
    with pytest.raises(NotAllowed, match="ahead of others"):
        start(job, runner, 1)
    grant(runner, "prioritize", Job, {"name": "another"})
    with pytest.raises(NotAllowed):
        start(job, make_again(runner), 1)
    grant(runner, "prioritize", Job, {"name": job.name})
    assert start(job, make_again(runner), 100).priority == 100
    assert JobResult.objects.count() == 2


def make_again(user: Any) -> Any:
    """With the rights of now: a user object reads them once."""
    return type(user)._default_manager.get(pk=user.pk)


@pytest.mark.parametrize("value", [101, -101, "7.5", "high", True, [], "9" * 400, "--1"])
def test_what_is_no_priority_is_refused(value: Any) -> None:
    with pytest.raises(PriorityRefused):
        read_priority(value)


@pytest.mark.parametrize(("value", "read"), [(None, 0), ("", 0), ("-7", -7), (100, 100)])
def test_numbers_and_their_texts_are_read(value: Any, read: int) -> None:
    assert read_priority(value) == read


def test_an_action_is_held_to_the_bounds_too(job: Job) -> None:
    with pytest.raises(PriorityRefused):
        start(job, make_admin(), 101)


def test_rest_takes_it_in_json_and_in_forms_now_and_for_a_schedule(job: Job, runner: Any) -> None:
    admin = make_admin()
    status, answer = posted(admin, job, priority=9)
    assert (status, answer["job_result"]["priority"]) == (201, 9)
    status, answer = posted(admin, job, priority=9, schedule=WHEN)
    assert (status, answer["scheduled_job"]["priority"]) == (201, 9)
    status, answer = posted(admin, job, priority=900)
    assert (status, list(answer)) == (400, ["priority"])
    status, _ = posted(runner, job, priority=1)
    assert status == 403
    form = {"_priority": "5"}
    sent = api(admin).post(f"/api/extras/jobs/{job.pk}/run/", form, format="multipart").json()
    assert sent["job_result"]["priority"] == 5


def test_graphql_takes_it(job: Job, client: Any) -> None:
    client.force_login(make_admin())
    text = f'mutation {{ run_job(job: "{job.pk}", priority: 4) {{ priority }} }}'
    body = json.dumps({"query": text})
    answer = client.post("/api/graphql/", body, content_type="application/json").json()
    assert answer["data"]["run_job"] == {"priority": 4}


def test_commands_take_it(job: Job) -> None:
    make_admin()
    run = ["run", str(job.pk), "--no-wait", "--priority", "6", "--user", "admin"]
    assert CliRunner().invoke(main, run).exit_code == 0
    assert JobResult.objects.get().priority == 6
    later = ["schedules", "add", str(job.pk), "--name", "n", "--crontab", "0 0 * * *"]
    more = [*later, "--priority", "-3", "--user", "admin"]
    assert CliRunner().invoke(main, more).exit_code == 0
    assert ScheduledJob.objects.get().priority == -3
    assert CliRunner().invoke(main, [*run[:4], "101", "--user", "admin"]).exit_code == 2


def test_the_page_asks_for_it_and_says_where_it_ends(job: Job, runner: Any, client: Any) -> None:
    address = f"/jobs/{job.pk}/run/"
    client.force_login(runner)
    page = client.get(address).content.decode()
    assert 'max="0"' in page
    assert "You may only lower it." in page
    refused = client.post(address, {"_priority": "3"})
    assert (refused.status_code, JobResult.objects.count()) == (403, 0)
    assert "ahead of others" in refused.content.decode()
    client.force_login(make_admin())
    assert 'max="100"' in client.get(address).content.decode()
    assert client.post(address, {"_priority": "500"}).status_code == 400
    assert client.post(address, {"_priority": "3"}).status_code == 302
    run = JobResult.objects.get()
    assert "priority 3" in client.get(f"/runs/{run.pk}/").content.decode()
