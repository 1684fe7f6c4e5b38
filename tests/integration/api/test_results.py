"""Runs over REST: rerun, lines, bulk deletion, and what OPTIONS says."""

import json
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.models import JobConsoleEntry, JobLogEntry, JobResult
from tests.integration.api.conftest import client_of
from tests.support.factories import (
    make_job,
    make_result,
    make_spec,
    make_user,
    make_version,
    make_worker,
    serve,
)

pytestmark = pytest.mark.django_db
RESULTS = "/api/extras/job-results/"


def with_lines(count: int, **fields: Any) -> JobResult:
    run = make_result(status="SUCCESS", **fields)
    now = timezone.now()
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, message=f"line {n}", created=now)
        for n in range(1, count + 1)
    )
    JobConsoleEntry.objects.bulk_create(
        JobConsoleEntry(job_result=run, seq=n, text=f"out {n}", timestamp=now, output_type="stdout")
        for n in range(1, count + 1)
    )
    return run


def test_lines_are_a_bare_list_or_go_on_from_a_number(admin: APIClient) -> None:
    run = with_lines(25)
    url = f"{RESULTS}{run.pk}/logs/"
    assert [each["message"] for each in admin.get(url).json()][-1] == "line 25"
    seen: list[int] = []
    following = f"{url}?after=0&limit=10"
    while following:
        answer = admin.get(following)
        seen += [each["seq"] for each in answer.json()]
        following = answer.get("Link", "").partition("<")[2].partition(">")[0]
    assert seen == list(range(1, 26))
    out = admin.get(f"{RESULTS}{run.pk}/console/?after=23").json()
    assert [(each["seq"], each["text"]) for each in out] == [(24, "out 24"), (25, "out 25")]


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "limit=0", "limit=999999", "after=9999999999999999999"]
)
def test_bad_numbers_are_refused(admin: APIClient, query: str) -> None:
    run = with_lines(1)
    assert admin.get(f"{RESULTS}{run.pk}/logs/?{query}").status_code == 400


def test_logs_and_console_take_their_own_right(as_user: Any) -> None:
    run = with_lines(1)
    client = as_user("view_jobresult")
    assert client.get(f"{RESULTS}{run.pk}/").status_code == 200
    assert client.get(f"{RESULTS}{run.pk}/logs/").status_code == 403
    assert client.get(f"{RESULTS}{run.pk}/console/").status_code == 403
    both = client_of(make_user("both", "view_jobresult", "view_joblogentry"))
    assert len(both.get(f"{RESULTS}{run.pk}/logs/").json()) == 1


def test_a_rerun_is_a_new_run_with_the_same_inputs(admin: APIClient) -> None:
    make_worker()
    run = make_result(make_job(make_spec("Ping")), status="SUCCESS")
    made = admin.post(f"{RESULTS}{run.pk}/rerun/")
    assert made.status_code == 201, made.content
    again = JobResult.objects.get(pk=made.json()["id"])
    assert (again.rerun_of, again.status, again.door) == (run, "PENDING", "api")


def test_a_rerun_says_which_code_it_means(admin: APIClient) -> None:
    make_worker()
    spec = make_spec("Ping")
    old = make_version("v1", {"pings.py": "old"}, spec)
    serve(make_version("v2", {"pings.py": "new"}, spec))
    job = make_job(spec, source_key="folder")
    run = make_result(job, source_key="folder", source_digest=old.digest, source_label="v1")
    labels = [
        admin.post(f"{RESULTS}{run.pk}/rerun/", body, format="json").json()["source_label"]
        for body in ({}, {"code": "current"}, {"code": "same"})
    ]
    assert labels == ["v2", "v2", "v1"]
    refused = admin.post(f"{RESULTS}{run.pk}/rerun/", {"code": "x"}, format="json")
    assert (refused.status_code, refused.json()) == (400, {"code": ['"x" is not a valid choice.']})
    old.delete()
    gone = admin.post(f"{RESULTS}{run.pk}/rerun/", {"code": "same"}, format="json")
    assert gone.status_code == 409
    assert "no longer kept" in str(gone.json())


def test_runs_are_deleted_in_bulk_but_not_running_ones(admin: APIClient) -> None:
    done = [make_result(make_job(make_spec(f"J{n}")), status="SUCCESS") for n in range(2)]
    running = make_result(done[0].job_model, status="STARTED")
    body = [{"id": str(each.pk)} for each in done]
    refused = admin.delete(RESULTS, [*body, {"id": str(running.pk)}], format="json")
    assert refused.status_code == 409
    assert JobResult.objects.count() == 3
    assert admin.delete(RESULTS, body, format="json").status_code == 204
    assert list(JobResult.objects.all()) == [running]


def test_options_name_what_may_be_written(admin: APIClient) -> None:
    queues = admin.options("/api/extras/job-queues/").json()
    assert queues["name"] == "Job Queues"
    fields = queues["actions"]["POST"]
    assert fields["queue_type"]["choices"][0] == {"value": "celery", "display": "Worker"}
    assert (fields["name"]["required"], fields["name"]["read_only"]) == (True, False)
    assert fields["created"]["read_only"] is True
    jobs = admin.options("/api/extras/jobs/").json()
    assert list(jobs["actions"]) == ["PUT"]
    assert list(jobs["actions"]["PUT"])[:4] == ["id", "object_type", "display", "url"]
    assert "actions" not in admin.options("/api/extras/job-logs/").json()
    assert json.dumps(jobs)
