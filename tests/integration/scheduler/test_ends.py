"""Schedules end at their time, and are paused when their runs keep failing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobsmith.actions.pause_failing import pause_failing
from jobsmith.actions.save_schedule import resume_schedule, skip_next_due
from jobsmith.actions.start_due import start_due
from jobsmith.errors import ScheduleRefused
from jobsmith.models import DueTime, Job, JobResult, ObjectChange, ScheduledJob
from tests.support.factories import make_admin, make_job, make_result, make_spec, make_user
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

PAUSED = "Its last 2 runs did not succeed."


@pytest.fixture
def owner() -> Any:
    return make_user("olga", "run_job")


@pytest.fixture
def job() -> Job:
    return make_job(make_spec("Ping"))


def now() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


def test_nothing_is_due_after_the_end_and_the_schedule_says_so(owner: Any, job: Job) -> None:
    end = now() - timedelta(minutes=2)
    due = end - timedelta(minutes=2)
    schedule = make_schedule(job, owner, due=due, misfire="run_all", end_time=end)
    assert start_due() == 3
    assert DueTime.objects.order_by("-due_at")[0].due_at == end
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.state, schedule.next_due_at) == (False, "completed", None)
    said = f"Nothing is due any more before its end, {end:%Y-%m-%d %H:%M} UTC."
    assert schedule.state_reason == said
    with pytest.raises(ScheduleRefused):
        resume_schedule(schedule, user=make_admin())


def test_skipping_the_last_due_time_before_the_end_ends_it(owner: Any, job: Job) -> None:
    due = now() + timedelta(minutes=1)
    schedule = make_schedule(job, owner, due=due, end_time=due)
    skipped = skip_next_due(schedule, user=make_admin())
    assert (skipped.state, skipped.state_reason[:25]) == ("completed", "Nothing is due any more b")


def failing(job: Job, owner: Any, *statuses: str, most: int = 2, **fields: Any) -> ScheduledJob:
    later = now() + timedelta(minutes=5)
    schedule = make_schedule(job, owner, **{"due": later, "pause_after_failures": most, **fields})
    for each in statuses:
        make_result(job, scheduled_job=schedule, status=each, date_done=timezone.now())
    return schedule


@pytest.mark.parametrize("ends", [("FAILURE", "FAILURE"), ("SUCCESS", "FAILURE", "REVOKED")])
def test_so_many_failures_in_a_row_pause_it(owner: Any, job: Job, ends: tuple[str, ...]) -> None:
    schedule = failing(job, owner, *ends)
    assert (pause_failing(), pause_failing()) == (1, 0)
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.state_reason) == (False, PAUSED)
    assert (schedule.state, schedule.next_due_at) == ("active", None)
    assert ObjectChange.objects.get().action == "update"


@pytest.mark.parametrize(
    ("ends", "most"),
    [
        (("FAILURE", "SUCCESS", "FAILURE"), 2),
        (("FAILURE",), 2),
        (("FAILURE", "STARTED", "PENDING"), 2),
        (("FAILURE",) * 5, 0),
    ],
)
def test_fewer_than_that_do_not(owner: Any, job: Job, ends: tuple[str, ...], most: int) -> None:
    failing(job, owner, *ends, most=most)
    assert pause_failing() == 0


def test_what_is_due_first_is_paused_in_place_of_started(owner: Any, job: Job) -> None:
    schedule = failing(job, owner, "FAILURE", "FAILURE", due=now())
    JobResult.objects.update(date_done=now() - timedelta(days=3))
    assert pause_failing() == 0  # too long ago for the look at recent ends
    assert start_due() == 0
    schedule.refresh_from_db()
    assert schedule.state_reason == PAUSED


def test_who_resumes_it_gives_it_as_many_tries_anew(owner: Any, job: Job) -> None:
    schedule = failing(job, owner, "FAILURE", "FAILURE")
    pause_failing()
    resume_schedule(schedule, user=make_admin())
    assert pause_failing() == 0
    for status in ("FAILURE", "FAILURE"):
        make_result(job, scheduled_job=schedule, status=status, date_done=timezone.now())
    assert pause_failing() == 1
