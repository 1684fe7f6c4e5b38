"""Counts and far pages of long lists."""

from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.filters import pages
from jobsmith.models import JobLogEntry, JobResult, Tally
from tests.integration.api.conftest import client_of
from tests.support.factories import grant, make_job, make_result, make_spec, make_user

pytestmark = pytest.mark.django_db
postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL keeps tallies and ends statements"
)


def lines(run: JobResult, count: int) -> None:
    now = timezone.now()
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, message=f"line {n}", created=now)
        for n in range(1, count + 1)
    )


def test_pages_from_both_ends_are_the_same_rows(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FAR", 10)
    run = make_result()
    lines(run, 95)
    seen: list[int] = []
    url = f"/api/extras/job-logs/?job_result={run.pk}&limit=10"
    while url:
        page = admin.get(url).json()
        assert page["count"] == 95
        seen += [each["seq"] for each in page["results"]]
        url = page["next"]
    assert seen == list(range(1, 96))
    for offset, expected in ((90, [91, 92, 93, 94, 95]), (94, [95]), (95, []), (10**9, [])):
        far = f"/api/extras/job-logs/?job_result={run.pk}&limit=10&offset={offset}"
        assert [each["seq"] for each in admin.get(far).json()["results"]] == expected


def test_results_read_backwards_too(admin: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "FAR", 2)
    job = make_job()
    runs = [make_result(job) for _ in range(9)]
    url = "/api/extras/job-results/?limit=2&offset="
    got = [each["id"] for n in range(0, 10, 2) for each in admin.get(f"{url}{n}").json()["results"]]
    assert got == [str(each.pk) for each in reversed(runs)]


def test_counts_are_exact_with_and_without_filters(admin: APIClient) -> None:
    one, two = make_job(make_spec("One")), make_job(make_spec("Two"))
    for job, count in ((one, 3), (two, 2)):
        for _ in range(count):
            lines(make_result(job, status="SUCCESS"), 4)
    count = lambda path: admin.get(f"/api/extras/{path}").json()["count"]  # noqa: E731
    assert count("job-results/") == 5
    assert count(f"job-results/?job_model={one.pk}") == 3
    assert count(f"job-results/?job_model_id={two.pk}") == 2
    assert count("job-results/?job_model=One") == 3
    assert count("job-results/?status=PENDING") == 0
    assert count("job-logs/") == 20
    assert count("job-logs/?q=line 4") == 5
    one.delete()
    assert count("job-results/") == 5
    JobResult.objects.filter(job_model=two).delete()
    assert (count("job-results/"), count("job-logs/")) == (3, 12)


def test_the_count_of_a_log_is_no_way_to_learn_of_runs_out_of_reach() -> None:
    run = make_result()
    lines(run, 7)
    user = make_user("olga", "view_joblogentry")
    grant(user, "view", JobResult, {"user": "$user"})
    found = client_of(user).get(f"/api/extras/job-logs/?job_result={run.pk}").json()
    assert (found["count"], found["results"]) == (0, [])
    assert client_of(user).get("/api/extras/job-results/").json()["count"] == 0


@postgres
def test_tallies_follow_every_statement_and_are_summed_up() -> None:
    one, two = make_job(make_spec("One")), make_job(make_spec("Two"))
    runs = [make_result(one) for _ in range(4)]
    lines(runs[0], 10)
    assert Tally.objects.total(Tally.RESULTS) == Tally.objects.total(Tally.RESULTS, one.pk) == 4
    JobResult.objects.filter(pk=runs[1].pk).update(job_model=two)
    runs[2].delete()
    Tally.objects.compact()
    rows = Tally.objects.count()
    assert Tally.objects.total(Tally.RESULTS, one.pk) == 2
    assert Tally.objects.total(Tally.RESULTS, two.pk) == 1
    assert Tally.objects.total(Tally.LOGS) == 10
    Tally.objects.compact()
    assert Tally.objects.count() == rows == 3


@postgres
@pytest.mark.parametrize("asked", ["q", "message__ic"])
def test_a_list_that_takes_too_long_says_what_to_do(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    run, now = make_result(), timezone.now()
    door = f"/api/extras/job-logs/?{asked}=qq"
    JobLogEntry.objects.bulk_create(
        JobLogEntry(job_result=run, seq=n, message="x" * 100_000, created=now)
        for n in range(1, 501)
    )
    assert admin.get(door).json()["count"] == 0
    monkeypatch.setattr(pages, "SECONDS", 0.01)
    answer = admin.get(door)
    assert answer.status_code == 400, answer.content
    assert "Narrow the filter" in answer.json()["detail"]


def test_a_filter_takes_many_values_up_to_a_bound(admin: APIClient) -> None:
    job = make_job()
    runs = [make_result(job) for _ in range(3)]
    others = [str(uuid4()) for _ in range(497)]
    ids = "&".join(f"id={each}" for each in [*(str(run.pk) for run in runs), *others])
    found = admin.get(f"/api/extras/job-results/?{ids}")
    assert (found.status_code, found.json()["count"]) == (200, 3)
    by_job = ids.replace("id=", "job_model=")
    assert admin.get(f"/api/extras/job-results/?{by_job}").json()["count"] == 0
    more = admin.get(f"/api/extras/job-results/?{ids}&id={uuid4()}")
    assert (more.status_code, more.json()) == (
        400,
        {"id": ["Send 500 values at most; these are 501."]},
    )
    words = "&".join(f"name__ic=w{n}" for n in range(101))
    assert list(admin.get(f"/api/extras/job-results/?{words}").json()) == ["name__ic"]
    assert admin.get(f"/api/extras/job-results/?{words[:-13]}").status_code == 200
