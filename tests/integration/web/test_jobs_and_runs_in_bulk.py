"""Deleting jobs and runs, editing many jobs at once."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobsmith.models import Job, JobQueue, JobResult, ObjectChange, ScheduledJob, Tag
from tests.support import factories as make

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def jobs(db) -> list[Job]:
    return [make.make_job(make.make_spec(name)) for name in ("Ping", "Pong", "Other")]


def ended(job: Job, **fields: object) -> JobResult:
    now = timezone.now()
    return make.make_result(job, status="SUCCESS", date_started=now, date_done=now, **fields)


def keys(*rows: object) -> str:
    return "?" + "&".join(f"pk={row.pk}" for row in rows)  # type: ignore[attr-defined]


# One job


def test_a_job_is_deleted_after_it_was_said_what_goes_and_what_stays(client, jobs):
    job = jobs[0]
    run = ended(job)
    schedule = ScheduledJob.objects.create(
        name="Nightly", task=job.class_path, job_model=job, interval="daily"
    )
    address = reverse("jobsmith:job_delete", args=[job.pk])
    assert f'href="{address}"' in client.get(job.get_absolute_url()).content.decode()
    page = client.get(address).content.decode()
    for said in ("Delete Ping?", "1 run with", "Nightly", "the next sync brings the record back"):
        assert said in page
    assert Job.objects.filter(pk=job.pk).exists()
    assert client.post(address).status_code == 302
    assert not Job.objects.filter(pk=job.pk).exists()
    run.refresh_from_db()
    schedule.refresh_from_db()
    assert run.job_model is None
    assert (schedule.job_model, schedule.enabled) == (None, False)


def test_a_job_that_is_gone_from_its_source_does_not_come_back(client, jobs):
    Job.objects.update(installed=False)
    page = client.get(reverse("jobsmith:job_delete", args=[jobs[0].pk])).content.decode()
    assert "brings the record back" not in page


# Many jobs


def test_the_catalogue_offers_boxes_to_those_who_may_change_or_delete(client, jobs):
    page = client.get("/").content.decode()
    assert 'href="?select=1"' in page
    assert 'name="pk"' not in page
    page = client.get("/?select=1&q=P").content.decode()
    assert page.count('name="pk"') == 2
    assert f'action="{reverse("jobsmith:jobs_edit")}"' in page
    assert 'name="select" value="1"' in page
    looker = browser_of(make.make_user("lena", "view_job"))
    assert 'name="pk"' not in looker.get("/?select=1").content.decode()
    assert "select=1" not in looker.get("/").content.decode()
    changer = browser_of(make.make_user("carl", "view_job", "change_job"))
    page = changer.get("/?select=1").content.decode()
    assert reverse("jobsmith:jobs_edit") in page
    assert reverse("jobsmith:jobs_delete") not in page


def test_a_value_overrides_the_field_in_all_chosen_jobs(client, jobs):
    ping, pong, other = jobs
    address = reverse("jobsmith:jobs_edit") + keys(ping, pong)
    page = client.get(address).content.decode()
    assert "Edit 2 jobs" in page
    sent = {"pk": [ping.pk, pong.pk], "time_limit": "30", "hidden": "yes", "enabled": "no"}
    assert client.post(reverse("jobsmith:jobs_edit"), sent).status_code == 302
    for job in (ping, pong):
        job.refresh_from_db()
        assert (job.time_limit, job.hidden, job.enabled) == (30, True, False)
        assert job.overridden == ["hidden", "time_limit"]
    other.refresh_from_db()
    assert (other.time_limit, other.enabled, other.overridden) == (0, True, [])
    assert ObjectChange.objects.filter(action="update").count() == 2
    assert ObjectChange.objects.values("request_id").distinct().count() == 1


def test_a_released_field_follows_its_source_again(client, jobs):
    ping, pong, _ = jobs
    address = reverse("jobsmith:jobs_edit")
    both = {"pk": [ping.pk, pong.pk]}
    client.post(address, both | {"time_limit": "30", "grouping": "Mine"})
    client.post(address, both | {"release_time_limit": "on", "release_name": "on"})
    for job in (ping, pong):
        job.refresh_from_db()
        assert (job.time_limit, job.grouping, job.overridden) == (0, "Mine", ["grouping"])


def test_queues_and_tags_of_many_jobs(client, jobs):
    ping, pong, _ = jobs
    red, blue = (Tag.objects.create(name=name) for name in ("red", "blue"))
    queue = JobQueue.objects.create(name="fast")
    ping.tags.add(red)
    sent = {
        "pk": [ping.pk, pong.pk],
        "job_queues": [queue.pk],
        "default_job_queue": queue.pk,
        "add_tags": [blue.pk],
        "remove_tags": [red.pk],
    }
    assert client.post(reverse("jobsmith:jobs_edit"), sent).status_code == 302
    for job in (ping, pong):
        job.refresh_from_db()
        assert list(job.job_queues.all()) == [queue]
        assert list(job.tags.all()) == [blue]
        assert job.default_job_queue == queue


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Nothing is to be changed"),
        ({"time_limit": "-3"}, 'id="id_time_limit_error"'),
        ({"time_limit": "3", "release_time_limit": "on"}, "not both"),
        ({"hidden": "perhaps"}, 'id="id_hidden_error"'),
        ({"default_job_queue": "x"}, 'id="id_default_job_queue_error"'),
    ],
)
def test_a_refused_bulk_edit_changes_nothing_and_says_why(client, jobs, sent, said):
    answer = client.post(reverse("jobsmith:jobs_edit"), sent | {"pk": [jobs[0].pk, jobs[1].pk]})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not ObjectChange.objects.exists()


def test_when_one_job_cannot_be_changed_so_none_is(db, jobs):
    """The change would take one of the jobs out of one's own reach."""
    user = make.make_user("carl")
    for right in ("view", "change"):
        make.grant(user, right, Job, [{"grouping": "Net"}, {"name": "Ping"}])
    sent = {"pk": [jobs[0].pk, jobs[1].pk], "grouping": "Away"}
    answer = browser_of(user).post(reverse("jobsmith:jobs_edit"), sent)
    assert answer.status_code == 403
    assert set(Job.objects.values_list("grouping", flat=True)) == {"Net"}


def test_jobs_out_of_reach_are_left_out_of_bulk_pages(db, jobs):
    user = make.make_user("carl")
    for right in ("view", "change", "delete"):
        make.grant(user, right, Job, {"name": "Ping"})
    browser = browser_of(user)
    for name in ("jobs_edit", "jobs_delete"):
        page = browser.get(reverse(f"jobsmith:{name}") + keys(*jobs)).content.decode()
        assert "Ping" in page
        assert "Pong" not in page
        assert "No job was chosen" in browser.get(
            reverse(f"jobsmith:{name}") + keys(jobs[1])
        ).content.decode()  # fmt: skip
    sent = {"pk": [job.pk for job in jobs], "time_limit": "9"}
    browser.post(reverse("jobsmith:jobs_edit"), sent)
    assert list(Job.objects.filter(time_limit=9).values_list("name", flat=True)) == ["Ping"]
    browser.post(reverse("jobsmith:jobs_delete"), {"pk": [job.pk for job in jobs]})
    assert set(Job.objects.values_list("name", flat=True)) == {"Pong", "Other"}


def test_without_the_right_bulk_pages_and_deletion_are_403(stranger, jobs):
    run = ended(jobs[0])
    for path in (
        reverse("jobsmith:jobs_edit") + keys(*jobs),
        reverse("jobsmith:jobs_delete") + keys(*jobs),
        reverse("jobsmith:job_delete", args=[jobs[0].pk]),
        reverse("jobsmith:runs_delete") + keys(run),
        reverse("jobsmith:run_delete", args=[run.pk]),
    ):
        assert stranger.get(path).status_code == 403
        assert stranger.post(path).status_code == 403
    assert Job.objects.count() == 3
    assert JobResult.objects.count() == 1


def test_what_is_out_of_reach_cannot_be_deleted_by_its_address(db, jobs):
    user = make.make_user("carl")
    make.grant(user, "delete", Job, {"name": "Ping"})
    make.grant(user, "delete", JobResult, {"name": "Ping"})
    run = ended(jobs[1])
    browser = browser_of(user)
    assert browser.get(reverse("jobsmith:job_delete", args=[jobs[1].pk])).status_code == 404
    assert browser.post(reverse("jobsmith:run_delete", args=[run.pk])).status_code == 404


def test_many_jobs_are_deleted_at_once(client, jobs):
    address = reverse("jobsmith:jobs_delete")
    page = client.get(address + keys(*jobs[:2])).content.decode()
    assert "Delete 2 jobs?" in page
    client.post(address, {"pk": [job.pk for job in jobs[:2]]})
    assert list(Job.objects.values_list("name", flat=True)) == ["Other"]


@pytest.mark.parametrize("name", ["jobs_edit", "jobs_delete", "runs_delete"])
@pytest.mark.parametrize("query", ["", "?pk=", "?pk=x", "?pk=00000000-0000-4000-8000-000000000000"])
def test_nothing_chosen_is_a_page_that_says_so(client, name, query):
    page = client.get(reverse(f"jobsmith:{name}") + query)
    assert page.status_code == 200
    assert "was chosen" in page.content.decode()


# Runs


def test_a_run_that_has_ended_is_deleted_from_its_page(client, jobs):
    run = ended(jobs[0])
    address = reverse("jobsmith:run_delete", args=[run.pk])
    assert f'href="{address}"' in client.get(run.get_absolute_url()).content.decode()
    assert "Delete this run of Ping?" in client.get(address).content.decode()
    assert client.post(address)["Location"] == reverse("jobsmith:runs")
    assert not JobResult.objects.exists()


def test_a_run_that_goes_on_is_offered_no_deletion_and_refuses_it(client, jobs):
    run = make.make_result(jobs[0], status="STARTED", date_started=timezone.now())
    address = reverse("jobsmith:run_delete", args=[run.pk])
    assert address not in client.get(run.get_absolute_url()).content.decode()
    assert "Nothing to delete yet" in client.get(address).content.decode()
    assert client.post(address).status_code == 409
    assert JobResult.objects.exists()


def test_many_runs_are_deleted_and_those_that_go_on_stay(client, jobs):
    done = [ended(jobs[0]) for _ in range(3)]
    going = make.make_result(jobs[1], status="STARTED", date_started=timezone.now())
    page = client.get("/runs/?select=1").content.decode()
    assert page.count('name="pk"') == 4
    address = reverse("jobsmith:runs_delete")
    page = client.get(address + keys(*done[:2], going)).content.decode()
    assert "Delete 2 runs?" in page
    assert going.get_absolute_url() in page
    client.post(address, {"pk": [row.pk for row in (*done[:2], going)]})
    assert set(JobResult.objects.all()) == {done[2], going}
