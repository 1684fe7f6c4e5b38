"""A run carries how often it is tried again, and every door shows its attempts."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.override_job import edit_job
from jobsmith.cli.showing import as_dict
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import Job, JobResult
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_worker

pytestmark = pytest.mark.django_db

SAID = {"retry_on": ["builtins.OSError"], "retry_backoff": 5, "retry_on_worker_loss": True}
PAST = {
    "attempt": 1,
    "worker": "w1",
    "started": "2026-11-28T10:00:00+00:00",
    "ended": "2026-11-28T10:00:07+00:00",
    "cause": "exception",
    "cause_detail": "ConnectionError: nobody listens",
    "log_count": 4,
    "console_count": 0,
}


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Flaky", max_retries=4, **SAID), max_retries=4)


@pytest.fixture
def again(job: Job) -> JobResult:
    fields = {"attempts": [PAST], "attempt": 2, "max_retries": 4, "log_count": 5}
    return make_result(job, status="STARTED", date_started=timezone.now(), **fields)


def asked(job: Job) -> JobResult:
    made = enqueue_job(job, user=make_admin("asks"), inputs=CleanInputs(values={}, files={}))
    assert isinstance(made, JobResult)
    return made


def test_a_run_carries_what_its_job_says(job: Job) -> None:
    result = asked(job)
    rule = {"on": ["builtins.OSError"], "backoff": 5, "worker_loss": True}
    assert (result.max_retries, result.retry_rule) == (4, rule)


def test_a_run_of_another_job_carries_nothing() -> None:
    make_worker()
    result = asked(make_job(max_retries=3))
    assert (result.max_retries, result.retry_rule) == (0, None)


@pytest.mark.parametrize(("number", "rule"), [(0, False), (1, True)])
def test_an_administrator_says_how_often(job: Job, number: int, rule: bool) -> None:
    override = {"values": {"max_retries": number}, "overrides": {"max_retries": True}}
    job = edit_job(job, user=make_admin(), **override)  # type: ignore[arg-type]
    result = asked(job)
    assert (result.max_retries, result.retry_rule is not None) == (number, rule)
    job = edit_job(job, user=make_admin("b"), values={}, overrides={"max_retries": False})
    assert job.max_retries == 4


def test_rest_and_commands_tell_attempts(again: JobResult) -> None:
    api = APIClient()
    api.force_authenticate(make_admin())
    shown = api.get(f"/api/extras/job-results/{again.pk}/").json()
    for told in (shown, as_dict(again)):
        assert [told[name] for name in ("attempt", "max_retries")] == [2, 4]
        assert [each["cause_detail"] for each in told["attempts"]] == [PAST["cause_detail"]]
    other = make_result(again.job_model)
    assert api.get(f"/api/extras/job-results/{other.pk}/").json()["attempts"] == []


def test_graphql_tells_attempts(again: JobResult, client: Client) -> None:
    client.force_login(make_admin())
    query = "{ job_results { attempt max_retries attempts job_model { max_retries } } }"
    answer: Any = client.post(
        "/api/graphql/", json.dumps({"query": query}), "application/json"
    ).json()
    assert answer == {
        "data": {
            "job_results": [
                {
                    "attempt": 2,
                    "max_retries": 4,
                    "attempts": [PAST],
                    "job_model": {"max_retries": 4},
                }
            ]
        }
    }


def test_the_page_leads_to_the_lines_of_each_attempt(again: JobResult, client: Client) -> None:
    client.force_login(make_admin())
    for part in ("", "?part=head"):
        page = client.get(f"/runs/{again.pk}/{part}").content.decode()
        assert 'href="#L1" class="is-failed"' in page
        assert 'href="#L5" class="is-running"' in page
        assert "attempt 2 of 5" in page
        assert PAST["cause_detail"] in page


def test_the_page_of_a_job_says_when_it_is_tried_again(job: Job, client: Client) -> None:
    client.force_login(make_admin())
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "4, after 5.0 s, doubled each time" in page
