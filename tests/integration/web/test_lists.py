"""Catalogue, runs and problems."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobsmith.models import Job, JobResult, Source, SourceProblem
from tests.support import factories as make

pytestmark = pytest.mark.django_db


def many(count: int = 30, runs: int = 30):
    jobs = [make.make_job(make.make_spec(f"Job {n:02}")) for n in range(count)]
    now = timezone.now()
    JobResult.objects.bulk_create(
        JobResult(
            job_model=job,
            name=job.name,
            class_path=job.class_path,
            status="FAILURE" if n == 0 else "SUCCESS",
            date_created=now - timedelta(minutes=n),
            date_started=now - timedelta(minutes=n),
            date_done=now - timedelta(minutes=n - 1),
        )
        for job in jobs
        for n in range(runs)
    )
    return jobs


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as found:
        response = client.get(address)
    assert response.status_code == 200
    return len(found)


@pytest.mark.parametrize("name", ["index", "runs", "problems"])
def test_a_list_page_asks_at_most_twelve_queries(client, name):
    many()
    assert queries(client, reverse(f"jobsmith:{name}")) <= 12


def operator(*more: str):
    browser = Client()
    rights = ("view_job", "run_job", "view_jobresult", *more)
    browser.force_login(make.make_user("olga", *rights))
    return browser


@pytest.mark.parametrize("name", ["index", "runs", "problems"])
def test_a_user_without_superpowers_costs_at_most_twelve_queries(db, name):
    many()
    assert queries(operator(), reverse(f"jobsmith:{name}")) <= 12


def test_the_catalogue_costs_the_same_however_many_jobs_and_runs_there_are(db):
    browser = operator()
    many(2, runs=3)
    few = queries(browser, "/")
    JobResult.objects.all().delete()
    Job.objects.all().delete()
    many(40)
    assert queries(browser, "/") == few


def test_the_catalogue_offers_each_group_once(client):
    many(3)
    page = client.get("/").content.decode()
    assert page.count("<option>Net</option>") == 1


def test_run_is_offered_to_whoever_may_run_and_history_to_whoever_may_see_it(db):
    job = many(1)[0]
    page = operator().get("/").content.decode()
    assert f'href="{job.get_absolute_url()}run/"' in page
    assert "jsm-hist" in page
    looker = Client()
    looker.force_login(make.make_user("lena", "view_job"))
    page = looker.get("/").content.decode()
    assert job.name in page
    assert f'href="{job.get_absolute_url()}run/"' not in page
    assert "jsm-hist" not in page


def test_the_catalogue_groups_jobs_and_shows_their_last_24_runs(client):
    many(2)
    page = client.get("/").content.decode()
    assert "last 24 runs: 23 succeeded, 1 failed" in page
    assert page.count('<section class="jsm-group">') == 1
    assert page.count("jsm-hist") == 2


def test_the_catalogue_finds_every_word_and_filters_by_the_state_of_the_last_run(client):
    many(3)
    make.make_job(make.make_spec("Backup switches"), enabled=False)
    assert "Backup switches" in client.get("/?q=switches+back").content.decode()
    assert "No job matches" in client.get("/?q=switches+router").content.decode()
    assert "Backup switches" not in client.get("/?state=failing").content.decode()
    assert "Backup switches" in client.get("/?state=off").content.decode()


def test_hidden_jobs_are_shown_on_request_only(client):
    make.make_job(make.make_spec("Secret door", hidden=True))
    assert "Secret door" not in client.get("/").content.decode()
    assert "Secret door" in client.get("/?hidden=1").content.decode()


def test_htmx_gets_the_list_without_its_frame(client):
    many(1)
    page = client.get("/", headers={"HX-Target": "jobs"}).content.decode()
    assert "<html" not in page
    assert 'hx-swap-oob="true"' in page


def test_a_stranger_sees_no_job_and_no_run(stranger):
    job = many(1)[0]
    run = JobResult.objects.first()
    page = stranger.get("/").content.decode()
    assert "Job 00" not in page
    assert "No job is visible to you: ask an administrator" in page
    assert "Go to the jobs" not in page
    assert 'href="/runs/"' not in page
    assert "No run is visible to you" in stranger.get("/runs/").content.decode()
    assert stranger.get(job.get_absolute_url()).status_code == 403
    assert stranger.get(run.get_absolute_url()).status_code == 403


MISSING = "00000000-0000-0000-0000-000000000000"
OF_A_RUN = (
    *("", "steps/", "cancel/", "state/", "log/", "log/download/", "console/"),
    *("console/download/", "tables/0/", f"files/{MISSING}/"),
)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/runs/", "/problems/", f"/jobs/{MISSING}/", f"/jobs/{MISSING}/run/"),
        *(f"/jobs/{MISSING}/edit/", f"/objects/?job={MISSING}"),
        *(f"/runs/{MISSING}/{part}" for part in OF_A_RUN),
    ],
)
def test_a_missing_right_is_a_403_before_any_look_up(stranger, client, path):
    assert stranger.get(path).status_code == 403
    lists = {"/", "/runs/", "/problems/"}
    assert client.get(path).status_code == (200 if path in lists else 404)


def test_inputs_of_an_earlier_run_take_the_right_to_see_runs(db):
    job = many(1)[0]
    browser = Client()
    browser.force_login(make.make_user("rita", "view_job", "run_job"))
    address = f"{job.get_absolute_url()}run/"
    assert browser.get(address).status_code == 200
    assert browser.get(f"{address}?from={MISSING}").status_code == 403
    assert operator().get(f"{address}?from={MISSING}").status_code == 404


def test_runs_go_back_page_by_page_without_losing_or_doubling_one(client):
    many(4)
    seen, address = [], "/runs/"
    while address:
        response = client.get(address)
        page = response.content.decode()
        seen += [
            part.split("/")[0]
            for part in page.split('href="/runs/')[1:]
            if len(part.split("/")[0]) == 36
        ]
        older = page.split('rel="next"')[0].rsplit('href="', 1)
        address = (
            "/runs/" + older[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
        )
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("query", ["?after=x", "?after=2026-01-01~y", "?page=-1", "?nonsense=1"])
def test_nonsense_in_the_address_is_ignored(client, query):
    assert client.get(f"/runs/{query}").status_code == 200
    assert client.get(f"/{query}").status_code == 200


@pytest.mark.parametrize("query", ["?since=2026-99-99", "?job=1", "?status=x"])
def test_filters_that_mean_nothing_show_nothing_and_say_so(client, query):
    make.make_result()
    answer = client.get(f"/runs/{query}")
    assert answer.status_code == 400
    assert "No run matches." in answer.content.decode()
    assert client.get(f"/{query}").status_code == 200


def test_problems_name_file_and_line(client):
    source = Source.objects.create(key="folder", kind="local")
    SourceProblem.objects.create(source=source, code="x", message="boom <b>", file="a.py", line=7)
    page = client.get("/problems/").content.decode()
    assert "a.py:7" in page
    assert "boom &lt;b&gt;" in page


def test_thousands_of_problems_go_on_page_by_page(client):
    sources = [Source.objects.create(key=key, kind="local", title=key) for key in ("a", "b", "c")]
    for source, count in zip(sources, (120, 30, 0), strict=True):
        SourceProblem.objects.bulk_create(
            SourceProblem(source=source, code="x", message=f"{source.key} {n:03}!", file="f.py")
            for n in range(count)
        )
    first, second = (client.get(f"/problems/?page={n}").content.decode() for n in (1, 2))
    assert (first.count("!</p>"), second.count("!</p>")) == (100, 50)
    assert "No problem." in first
    assert "No problem." not in second
    assert "a <span>120</span>" in second
    assert "b <span>30</span>" not in first


def test_a_job_whose_file_is_broken_shows_the_error_and_leads_to_the_problems(client):
    source = Source.objects.create(key="folder", title="jobs")
    job = make.make_job(make.make_spec("Bent", file="bent.py"), installed=False)
    Job.objects.filter(pk=job.pk).update(source_key="folder")
    for code, line in (("job_missing", 0), ("not_importable", 7)):
        SourceProblem.objects.create(
            source=source, code=code, message=f"{code} said so", file="bent.py", line=line
        )
    page = client.get(job.get_absolute_url()).content.decode()
    assert "bent.py:7</span>: not_importable said so" in page
    assert 'href="/problems/">All problems' in page
    SourceProblem.objects.all().delete()
    assert "no longer holds this job" in client.get(job.get_absolute_url()).content.decode()


def test_jobs_that_are_not_installed_are_listed_on_request_only(client):
    make.make_job(make.make_spec("Stays"))
    assert "Not installed" not in client.get("/").content.decode()
    gone = make.make_job(make.make_spec("Was here"), installed=False, enabled=False)
    page = client.get("/").content.decode()
    assert gone.name not in page
    assert 'All <span class="n">1</span>' in page
    assert 'Not installed <span class="n">1</span>' in page
    assert gone.name not in client.get("/?state=off").content.decode()
    page = client.get("/?state=gone").content.decode()
    assert gone.name in page
    assert "Stays" not in page
