"""Versions, content types, pages, filters and shapes."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext, override_script_prefix
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from rest_framework.test import APIClient

from jobsmith.actions.override_job import edit_job
from jobsmith.api.errors import answer as answer_for
from jobsmith.models import GitRepository, Job, JobFile, JobLogEntry, JobResult
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_worker

pytestmark = pytest.mark.django_db
JOBS = "/api/extras/jobs/"


def many_jobs(count: int) -> None:
    Job.objects.all().delete()  # a sync may have made some already
    for number in range(count):
        make_job(make_spec(f"Job {number:02}"))


def log_lines(result: Any, count: int) -> None:
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=result, seq=n, message=f"line {n}", created=timezone.now())
        for n in range(1, count + 1)
    )


@pytest.mark.parametrize(
    ("accept", "query", "status", "version"),
    [
        ("*/*", "", 200, "3.2"),
        ("application/json;", "", 200, "3.2"),
        ("application/json; version=3.0", "", 200, "3.0"),
        ("application/json", "?api_version=2.4", 200, "2.4"),
        ("application/json; version=9.9", "", 406, None),
        ("application/json", "?api_version=9.9", 404, None),
        ("application/json; version=3.0", "?api_version=3.1", 400, None),
        ("application/json", "?format=csv", 406, None),
    ],
)
def test_the_version_is_negotiated(
    admin: APIClient, accept: str, query: str, status: int, version: str | None
) -> None:
    answer = admin.get(f"/api/status/{query}", HTTP_ACCEPT=accept)
    assert (answer.status_code, answer.get("API-Version")) == (status, version)
    assert answer["Content-Type"] == "application/json"


def test_a_semicolon_after_the_content_type_is_accepted(admin: APIClient) -> None:
    make_worker()
    address = f"{JOBS}{make_job().pk}/run/"
    assert admin.post(address, "{}", content_type="application/json;").status_code == 201


def test_pages_follow_their_links_to_the_end(admin: APIClient) -> None:
    many_jobs(5)
    names, url = [], f"{JOBS}?limit=2&sort=-name"
    while url:
        page = admin.get(url).json()
        names += [each["name"] for each in page["results"]]
        url = page["next"]
    assert names == [f"Job {n:02}" for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(("limit", "shown"), [("abc", 3), ("0", 3), ("2", 2), ("-1", 3)])
def test_any_limit_is_answered(admin: APIClient, limit: str, shown: int) -> None:
    many_jobs(3)
    assert len(admin.get(f"{JOBS}?limit={limit}").json()["results"]) == shown


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=Job 01", ["Job 01"]),
        ("name=Job 01&name=Job 02", ["Job 01", "Job 02"]),
        ("name__n=Job 01&name__n=Job 02", ["Job 00"]),
        ("name__ic=JOB&name__iew=2", ["Job 02"]),
        ("q=job 0", ["Job 00", "Job 01", "Job 02"]),
        ("enabled=False", []),
        ("job_queues=default", ["Job 00", "Job 01", "Job 02"]),
        ("grouping_override=true", ["Job 01"]),
        ("grouping_override=false", ["Job 00", "Job 02"]),
        ("tags=x", []),
        ("cf_x=1", []),
        ("time_limit__gt=5", []),
    ],
)
def test_filters_choose_rows(admin: APIClient, query: str, names: list[str]) -> None:
    many_jobs(3)
    job = Job.objects.get(name="Job 01")
    boss = make_admin("boss")
    edit_job(job, user=boss, values={}, overrides={"grouping": True})
    found = admin.get(f"{JOBS}?{query}").json()
    assert sorted(each["name"] for each in found["results"]) == names


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("nonsense=1", {"nonsense": ["Unknown filter field"]}),
        ("name__xx=1", {"name__xx": ["Unknown filter field"]}),
        ("brief=1", {"brief": ["Unknown filter field"]}),
        ("id=not-a-uuid", {"id": ["Enter a valid UUID."]}),
        ("enabled=maybe", {"enabled": ["Enter true or false."]}),
        ("sort=declared", {"sort": ["Unknown sort field: declared"]}),
    ],
)
def test_a_filter_that_cannot_be_read_is_a_400(admin: APIClient, query: str, body: Any) -> None:
    answer = admin.get(f"{JOBS}?{query}")
    assert (answer.status_code, answer.json()) == (400, body)


@pytest.mark.parametrize("value", ["name", "id"])
def test_runs_are_found_by_the_job_in_both_spellings(admin: APIClient, value: str) -> None:
    job = make_result().job_model
    wanted = job.name if value == "name" else job.pk
    assert admin.get(f"/api/extras/job-results/?job_model={wanted}").json()["count"] == 1
    assert admin.get("/api/extras/job-results/?job_model=other").json()["count"] == 0


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize(
    "path", ["jobs", "job-results", "job-logs", "job-queues", "file-proxies", "scheduled-jobs"]
)
def test_a_longer_list_asks_no_more_queries(admin: APIClient, path: str, depth: int) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            url = f"/api/extras/{path}/?depth={depth}&exclude_m2m=false"
            assert admin.get(url).status_code == 200
        return len(seen)

    def add(number: int) -> None:
        result = make_result(make_job(make_spec(f"Job {number}")))
        log_lines(result, 2)
        JobFile.objects.create(name="a.txt", job_result=result)

    add(1)
    queries()
    before = queries()
    for number in range(2, 6):
        add(number)
    assert queries() <= before <= 20


def test_keys_of_lists_appear_only_when_asked_for(admin: APIClient) -> None:
    job = make_job()
    url = f"{JOBS}{job.pk}/"
    assert "job_queues" not in admin.get(url).json()
    assert "tags" not in admin.get(f"{url}?exclude_m2m=true").json()
    assert admin.get(f"{url}?exclude_m2m=false").json()["job_queues"][0]["object_type"] == (
        "extras.jobqueue"
    )


def test_a_job_is_found_by_its_name(admin: APIClient) -> None:
    job = make_job(make_spec("Ping all"))
    assert admin.get(f"{JOBS}Ping%20all/").json()["id"] == str(job.pk)
    missing = admin.get(f"{JOBS}Ping none/")
    assert missing.json() == {"detail": "No Job matches the given query."}


def test_an_address_that_nobody_serves_is_a_json_404(admin: APIClient) -> None:
    answer = admin.get("/api/extras/nonsense/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
    assert admin.get("/api/extras/jobs").status_code == 301


def test_a_locked_database_is_a_503_that_names_when_to_come_back() -> None:
    answer = answer_for(OperationalError("database is locked"), {})
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "locked" not in str(answer.data)


def test_an_unforeseen_failure_tells_no_details(admin: APIClient) -> None:
    admin.raise_request_exception = False
    answer = answer_for(RuntimeError("secret path"), {})
    assert answer is not None
    assert answer.status_code == 500
    assert "secret" not in str(answer.data)


def test_the_roots_name_what_lies_below(admin: APIClient) -> None:
    root = admin.get("/api/").json()
    for url in [root["extras"], root["users"], *admin.get(root["extras"]).json().values()]:
        assert admin.get(url).status_code == 200


def test_the_description_covers_all_addresses(admin: APIClient) -> None:
    reset_generator_stats()
    schema = admin.get("/api/swagger.json", HTTP_ACCEPT="application/json;").json()
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    assert "/api/extras/jobs/{id}/run/" in schema["paths"]


def test_the_description_says_where_the_addresses_begin(admin: APIClient) -> None:
    assert "servers" not in admin.get("/api/swagger.json").json()
    with override_script_prefix("/ops/"):
        below = admin.get("/api/swagger.json").json()
    assert below["servers"] == [{"url": "/ops"}]
    assert "/api/extras/jobs/" in below["paths"]


def test_clients_that_ask_the_docs_for_the_description_are_sent_to_it(admin: APIClient) -> None:
    answer = admin.get("/api/docs/?format=openapi")
    assert (answer.status_code, answer["Location"]) == (301, "/api/swagger.json")


def test_the_docs_page_alone_allows_styles_in_place(admin: APIClient) -> None:
    page = admin.get("/api/docs/", HTTP_ACCEPT="text/html")
    assert page.status_code == 200
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert '<a href="/">Back to the jobs</a>' in page.content.decode()
    assert "jobsmith/api_docs.js" in page.content.decode()
    assert "http" not in page.content.decode().replace("http://testserver", "")


def test_filters_of_the_dialect_choose_by_words_counters_and_keys(admin: APIClient) -> None:
    quiet, loud = make_result(make_job(make_spec("Quiet"))), make_result(make_job())
    JobResult.objects.filter(pk=loud.pk).update(console_count=3)
    runs = "/api/extras/job-results/"
    GitRepository.objects.create(
        name="jobs", slug="jobs", remote_url="https://x.test/a", provided_contents=["extras.job"]
    )
    me = admin.get("/api/users/users/").json()["results"][0]["id"]
    for address, count in (
        (f"{runs}?has_job_console_entries=true", 1),
        (f"{runs}?has_job_console_entries=false&id={quiet.pk}", 1),
        (f"{runs}?status__ic=pend", 2),
        (f"{runs}?status__nic=pend", 0),
        ("/api/extras/git-repositories/?provided_contents=extras.job", 1),
        ("/api/extras/git-repositories/?provided_contents=job", 0),
        ("/api/extras/scheduled-jobs/?approval_state=approved", 0),
        (f"/api/users/users/?id={me}", 1),
        (f"/api/users/users/?id={10**30}&id={me}", 1),
        (f"/api/users/users/?id__n={me}", 0),
        (f"{runs}?user={10**30}&user={me}", 0),
        ("/api/extras/job-logs/?seq=1e300&seq=1", 0),
    ):
        answer = admin.get(address)
        assert (answer.status_code, answer.json()["count"]) == (200, count), address
