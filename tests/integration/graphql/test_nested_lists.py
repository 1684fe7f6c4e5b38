"""Lists below records: ordinary ones are answered, each record once, cut by the database."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from jobsmith.graphql import execute
from jobsmith.models import Job, JobQueue, JobQueueAssignment, JobResult, Tag
from tests.integration.api.conftest import client_of
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_worker

from .test_queries import ask, data, runs_with_logs

pytestmark = pytest.mark.django_db

ORDINARY = (
    "{ jobs { name job_results { id status } job_queues { name } } }",
    "{ job_results { id name job_model { name } job_log_entries { created message } } }",
    "{ jobs { tags { name } scheduled_jobs { name } job_results { job_log_entries { id } } } }",
    "{ job_queues { name jobs { name job_queue_assignments { job_queue { name } } } } }",
    "{ scheduled_jobs { name jobresult_set { id } job_model { name tags { name } } } }",
    "{ git_repositories { name jobs { name job_queues { name } } } }",
)


@pytest.fixture
def admin(db: None) -> APIClient:
    return client_of(make_admin())


@pytest.mark.parametrize("query", ORDINARY)
def test_ordinary_queries_need_no_limits(admin: APIClient, query: str) -> None:
    data(admin, query)


def test_a_list_without_a_limit_is_not_cut_short(admin: APIClient) -> None:
    runs_with_logs(2, 60)
    found = data(admin, "{ job_results { job_log_entries { seq } } }")["job_results"]
    assert [len(each["job_log_entries"]) for each in found] == [60, 60]


def test_what_turns_out_to_read_too_much_ends_there(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs_with_logs(5, 10)
    query = "{ job_results { job_log_entries { seq } } }"
    monkeypatch.setattr(execute, "MAX_COST", 55)
    assert data(admin, query)
    monkeypatch.setattr(execute, "MAX_COST", 20)
    with CaptureQueriesContext(connection) as sent:
        error = ask(admin, query).json()["errors"][0]
    assert error["extensions"] == {"code": "too_broad"}
    assert "reads more than 200,000 records" in error["message"]
    lines = next(each["sql"] for each in sent if "joblogentry" in each["sql"])
    assert lines.endswith("LIMIT 16")  # 20 less 5 runs, and one to notice


def test_a_verb_whose_answer_may_be_too_long_does_not_act(admin: APIClient) -> None:
    make_worker(), make_job()
    below = "job_model { job_results { job_log_entries { id } } }"
    answer = ask(admin, f'mutation {{ run_job(job: "Ping") {{ {below} }} }}')
    assert answer.status_code == 400
    assert "may ask for" in answer.json()["errors"][0]["message"]
    assert not JobResult.objects.exists()
    data(admin, 'mutation { run_job(job: "Ping") { job_log_entries { id } } }')


def tagged(count: int) -> list[Job]:
    jobs = [make_job(make_spec(name)) for name in ("One", "Two")]
    for number in range(count):
        tag = Tag.objects.create(name=f"tag {number}")
        for job in jobs:
            job.tags.add(tag)
    return jobs


def test_many_to_many_lists_are_cut_by_the_database(admin: APIClient) -> None:
    tagged(30)
    with CaptureQueriesContext(connection) as sent:
        found = data(admin, '{ jobs { tags(limit: 2, offset: 1, sort: "name") { name } } }')
    assert [[tag["name"] for tag in each["tags"]] for each in found["jobs"]] == [
        ["tag 1", "tag 10"],
        ["tag 1", "tag 10"],
    ]
    assert any("ROW_NUMBER" in each["sql"] and "jobsmith_tag" in each["sql"] for each in sent)
    none = data(admin, "{ jobs { tags(limit: 0) { name } } }")["jobs"]
    assert [each["tags"] for each in none] == [[], []]


def test_a_filter_by_many_names_each_record_once(admin: APIClient) -> None:
    tagged(3)
    both = '["tag 0", "tag 1", "tag 2"]'
    assert len(data(admin, f"{{ jobs(tags: {both}) {{ name }} }}")["jobs"]) == 2
    second = JobQueue.objects.create(name="second")
    for job in Job.objects.all():
        JobQueueAssignment.objects.create(job=job, job_queue=second)
        make_result(job)
    found = data(
        admin,
        f"{{ job_queues {{ jobs(tags: {both}, limit: 5) {{ name }}"
        f"  default_for_jobs(tags: {both}, limit: 5) {{ name }} }} }}",
    )["job_queues"]
    shown: Any = [[job["name"] for job in each["jobs"]] for each in found]
    assert shown == [["One", "Two"], ["One", "Two"]]
    assert [len(each["default_for_jobs"]) for each in found] == [2, 0]
