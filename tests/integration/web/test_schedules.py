"""Schedules in the pages: making, showing, editing, pausing, running now."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobsmith.actions.start_due import start_due
from jobsmith.models import JobResult, ScheduledJob
from jobsmith.specs import VariableSpec
from tests.support import factories as make
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

WHEN = {
    "_schedule_interval": "daily",
    "_schedule_name": "Nightly",
    "_schedule_start_time": "2035-07-01T09:30",
    "_schedule_time_zone": "America/New_York",
}


@pytest.fixture
def job():
    make.make_worker()
    return make.make_job(make.make_spec("Ping", VariableSpec(name="host", type="StringVar")))


def run_page(job) -> str:
    return f"/jobs/{job.pk}/run/"


def form_of(row: ScheduledJob, **changes: str) -> dict[str, str]:
    start = row.start_time.strftime("%Y-%m-%d %H:%M:%S")
    names = ("name", "interval", "crontab", "time_zone", "misfire", "overlap", "blackout")
    return {**{name: getattr(row, name) for name in names}, "start_time": start, **changes}


def test_the_run_form_makes_a_schedule_and_shows_it(client, admin, job) -> None:
    answer = client.post(run_page(job), {"host": "a", **WHEN}, follow=True)
    row = ScheduledJob.objects.get()
    assert answer.redirect_chain == [(f"/schedules/{row.pk}/", 302)]
    assert (row.user, row.kwargs, row.time_zone) == (admin, {"host": "a"}, "America/New_York")
    page = answer.content.decode()
    assert "Nightly is scheduled." in page
    assert page.count("2035-07-0") >= 2 * 9
    for hour in ("09:30", "13:30"):  # by its own clock, and by the viewer's
        assert f"Sun 2035-07-01</span> {hour}" in page
    assert not JobResult.objects.exists()


def test_what_is_wrong_with_the_clock_is_said_and_nothing_typed_is_lost(client, job) -> None:
    sent = {"host": "a", **WHEN, "_schedule_interval": "custom", "_schedule_crontab": "every day"}
    answer = client.post(run_page(job), sent)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Crontab: Enter five fields with one space between them" in page
    assert 'value="every day"' in page
    assert 'value="Nightly"' in page
    assert not ScheduledJob.objects.exists()


def test_the_form_asks_what_becomes_of_missed_due_times(client, job) -> None:
    client.post(run_page(job), {"host": "a", **WHEN, "_schedule_misfire": "skip"})
    assert ScheduledJob.objects.get().misfire == "skip"


def test_the_form_runs_at_once_unless_asked_otherwise(client, job) -> None:
    client.post(run_page(job), {"host": "a", **WHEN, "_schedule_interval": "immediately"})
    assert JobResult.objects.count() == 1
    assert not ScheduledJob.objects.exists()


def test_the_list_shows_state_and_next_due_time(client, admin, job) -> None:
    due = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    make_schedule(job, admin, due=due, name="Soon", interval="hourly", crontab="")
    make_schedule(job, None, name="Lost", enabled=False, state="errored", state_reason="Gone.")
    page = client.get("/schedules/").content.decode()
    assert f"{due:%Y-%m-%d}</span> {due:%H:%M}" in page
    for word in ("Soon", "Recurring hourly", "Active", "Lost", "Errored", "Never", "Ping"):
        assert word in page


def test_the_list_asks_as_much_for_many_as_for_few(client, admin, job) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/schedules/")
        return len(seen)

    make_schedule(job, admin)
    client.get("/schedules/")
    few = count()
    for _ in range(8):
        make_schedule(make.make_job(make.make_spec(f"Job {_}")), admin)
    assert count() == few


def test_an_edit_is_about_when_and_keeps_a_start_that_has_passed(client, admin, job) -> None:
    due = timezone.now().replace(microsecond=0) - timedelta(days=3)
    row = make_schedule(job, admin, due=due, interval="daily", crontab="")
    page = client.get(f"/schedules/{row.pk}/").content.decode()
    assert f"{due:%Y-%m-%d %H:%M:%S}" in page
    answer = client.post(f"/schedules/{row.pk}/", form_of(row, misfire="skip", name="New"))
    assert answer.status_code == 302, answer.content
    row.refresh_from_db()
    assert (row.name, row.misfire) == ("New", "skip")
    assert row.next_due_at > timezone.now()
    refused = client.post(f"/schedules/{row.pk}/", form_of(row, interval="custom", crontab="x"))
    assert (refused.status_code, b"Enter five fields" in refused.content) == (400, True)


def test_overlaps_an_end_and_failures_are_asked_for_and_shown(client, admin, job) -> None:
    more = {"overlap": "queue", "end_time": "2035-07-03T12:00", "pause_after_failures": "3"}
    sent = {"host": "a", **WHEN, **{f"_schedule_{name}": each for name, each in more.items()}}
    page = client.post(run_page(job), sent, follow=True).content.decode()
    row = ScheduledJob.objects.get()
    assert (row.overlap, row.pause_after_failures) == ("queue", 3)
    assert row.end_time.isoformat() == "2035-07-03T16:00:00+00:00"
    assert 'value="2035-07-03 12:00:00"' in page
    assert row.due_times.count() == 0
    assert page.count("2035-07-04") == 0
    changes = {"end_time": "", "pause_after_failures": "", "overlap": "skip"}
    assert client.post(f"/schedules/{row.pk}/", form_of(row, **changes)).status_code == 302
    row.refresh_from_db()
    assert (row.overlap, row.end_time, row.pause_after_failures) == ("skip", None, 0)


def test_pause_resume_run_now_and_delete(client, admin, job) -> None:
    due = timezone.now() + timedelta(hours=1)
    row = make_schedule(job, admin, due=due, kwargs={"host": "a"})
    client.post(f"/schedules/{row.pk}/pause/")
    row.refresh_from_db()
    assert not row.enabled
    assert b"Paused by ana." in client.get(f"/schedules/{row.pk}/").content
    client.post(f"/schedules/{row.pk}/resume/")
    row.refresh_from_db()
    assert row.enabled
    client.post(f"/schedules/{row.pk}/skip/")
    assert b"Skipped by ana." in client.get(f"/schedules/{row.pk}/").content
    answer = client.post(f"/schedules/{row.pk}/run/")
    run = JobResult.objects.get()
    assert (answer.url, run.scheduled_job) == (f"/runs/{run.pk}/", row)
    assert client.get(f"/schedules/{row.pk}/pause/").status_code == 405
    client.post(f"/schedules/{row.pk}/delete/")
    assert not ScheduledJob.objects.exists()


def test_what_is_over_says_so_when_it_is_resumed(client, admin, job) -> None:
    row = make_schedule(job, admin, due=timezone.now(), interval="future", kwargs={"host": "a"})
    start_due()
    answer = client.post(f"/schedules/{row.pk}/resume/", follow=True)
    assert b"It is over. Make a new schedule." in answer.content


def test_due_times_without_a_run_say_why(client, admin, job) -> None:
    row = make_schedule(job, admin, due=timezone.now(), kwargs={})
    start_due()
    page = client.get(f"/schedules/{row.pk}/").content
    assert page.count(b"host: This field is required.") == 2


def test_who_may_only_look_is_offered_nothing(admin, job, client) -> None:
    row = make_schedule(job, admin, due=timezone.now() + timedelta(hours=1))
    client.force_login(make.make_user("eve", "view_scheduledjob"))
    page = client.get(f"/schedules/{row.pk}/").content
    for word in (b"Pause", b"Run now", b">Delete<", f"/jobs/{job.pk}/".encode()):
        assert word not in page
    assert client.post(f"/schedules/{row.pk}/pause/").status_code == 403
