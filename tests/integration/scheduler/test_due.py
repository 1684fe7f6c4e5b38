"""What is due starts by itself: once, in its owner's name, and never because of an edit."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobsmith.actions.save_schedule import (
    pause_schedule,
    resume_schedule,
    retime_schedule,
    run_schedule_now,
    skip_next_due,
)
from jobsmith.actions.start_due import MISSED, start_due
from jobsmith.actions.timing import read_timing
from jobsmith.errors import ScheduleRefused
from jobsmith.inputs.vault import seal
from jobsmith.models import DueTime, Job, JobResult, ObjectChange, ScheduledJob, Worker
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_spec, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db


def minutes_ago(count: int) -> datetime:
    return timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=count)


@pytest.fixture
def owner() -> Any:
    return make_user("olga", "run_job")


@pytest.fixture
def job() -> Job:
    return make_job(make_spec("Ping", VariableSpec(name="host", type="StringVar", required=False)))


def test_a_due_time_has_a_run_with_the_inputs_in_the_owners_name(owner: Any, job: Job) -> None:
    Worker.objects.all().delete()  # the run waits for one
    due = minutes_ago(0)
    schedule = make_schedule(job, owner, due=due, kwargs={"host": "a"})
    assert (start_due(), start_due()) == (1, 0)
    [run] = JobResult.objects.all()
    assert (run.status, run.user, run.task_kwargs) == ("PENDING", owner, {"host": "a"})
    assert (run.scheduled_job, run.door) == (schedule, "schedule")
    assert DueTime.objects.get().job_result == run
    schedule.refresh_from_db()
    assert (schedule.total_run_count, schedule.state_reason) == (1, "")
    assert schedule.last_run_at is not None
    assert schedule.next_due_at == due + timedelta(minutes=1)


def test_sealed_inputs_stay_sealed(owner: Any) -> None:
    job = make_job(make_spec("Login", VariableSpec(name="password", type="SecretVar")))
    sealed = seal({"password": "hunter22"})
    make_schedule(job, owner, due=minutes_ago(0), sealed_kwargs=sealed)
    assert start_due() == 1
    run = JobResult.objects.get()
    assert run.task_kwargs == {}
    assert run.sealed_kwargs


@pytest.mark.parametrize(
    ("misfire", "ran", "skipped"),
    [("run_once", [0], 2), ("run_all", [2, 1, 0], 0), ("skip", [0], 2)],
)
def test_missed_due_times_are_run_or_recorded_as_missed(
    owner: Any, job: Job, misfire: str, ran: list[int], skipped: int
) -> None:
    now = minutes_ago(0)
    make_schedule(job, owner, due=now - timedelta(minutes=2), misfire=misfire)
    start_due()
    found = DueTime.objects.exclude(job_result=None).order_by("due_at")
    assert [each.due_at for each in found] == [now - timedelta(minutes=each) for each in ran]
    assert list(DueTime.objects.filter(job_result=None).values_list("skipped", flat=True)) == (
        [MISSED] * skipped
    )


@pytest.mark.parametrize(("misfire", "runs"), [("run_once", 1), ("skip", 0), ("run_all", 3)])
def test_three_days_without_a_scheduler(owner: Any, job: Job, misfire: str, runs: int) -> None:
    due = timezone.now() - timedelta(days=2, hours=1)
    make_schedule(job, owner, due=due, interval="daily", crontab="", misfire=misfire)
    start_due()
    assert JobResult.objects.count() == runs
    assert DueTime.objects.count() == 3


def test_once_is_over_after_once(owner: Any, job: Job) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(0), interval="future", one_off=True)
    assert (start_due(), start_due()) == (1, 0)
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.state, schedule.next_due_at) == (False, "completed", None)


@pytest.mark.parametrize("gone", ["deleted", "inactive", "right"])
def test_without_its_owner_it_stops_and_says_so(owner: Any, job: Job, gone: str) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(0))
    if gone == "deleted":
        owner.delete()
    elif gone == "inactive":
        owner.is_active = False
        owner.save()
    else:
        owner.user_permissions.clear()
    assert start_due() == 0
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.state, schedule.next_due_at) == (False, "errored", None)
    assert schedule.state_reason.startswith("You do not" if gone == "right" else "Its owner")
    assert DueTime.objects.get().skipped == schedule.state_reason
    assert ObjectChange.objects.get().change_context_detail == "scheduler"
    assert not JobResult.objects.exists()


def test_a_disabled_job_is_recorded_and_goes_on_when_it_is_enabled(owner: Any, job: Job) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(0))
    Job.objects.update(enabled=False)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert (schedule.state, schedule.enabled) == ("active", True)
    assert schedule.state_reason == "This job is not enabled to be run."
    Job.objects.update(enabled=True)
    ScheduledJob.objects.update(next_due_at=minutes_ago(1), misfire="run_all")
    assert start_due() == 1
    schedule.refresh_from_db()
    assert schedule.state_reason == ""


def test_inputs_that_the_job_takes_no_more_are_told(owner: Any) -> None:
    job = make_job(make_spec("Ping", VariableSpec(name="count", type="IntegerVar")))
    schedule = make_schedule(job, owner, due=minutes_ago(0), kwargs={"count": "many"})
    assert start_due() == 0
    schedule.refresh_from_db()
    assert schedule.state_reason == "count: Enter a whole number."


@pytest.mark.parametrize(
    "fields", [{"enabled": False}, {"state": "pending"}, {"state": "denied"}, {"state": "errored"}]
)
def test_what_is_not_active_is_never_due(owner: Any, job: Job, fields: dict[str, Any]) -> None:
    make_schedule(job, owner, due=minutes_ago(5), **fields)
    assert start_due() == 0
    assert not DueTime.objects.exists()


def test_a_due_time_that_is_recorded_is_never_due_again(owner: Any, job: Job) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(0))
    assert start_due() == 1
    ScheduledJob.objects.update(next_due_at=schedule.next_due_at)
    start_due()
    due = DueTime.objects.values_list("due_at", flat=True)
    assert len(due) == len(set(due)) == JobResult.objects.count()


def test_what_no_action_has_checked_does_not_stop_the_others(owner: Any, job: Job) -> None:
    bad = make_schedule(job, owner, due=minutes_ago(3), crontab="nonsense")
    lost = make_schedule(job, owner, due=minutes_ago(2), time_zone="Mars/Olympus")
    make_schedule(job, owner, due=minutes_ago(0))
    assert start_due() == 1
    for each in (bad, lost):
        each.refresh_from_db()
        assert (each.enabled, each.state) == (False, "errored")
        assert each.state_reason


def test_an_edit_makes_nothing_due(owner: Any, job: Job) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(30))
    asked = {"interval": "custom", "name": "n", "crontab": "* * * * *", "time_zone": "Asia/Tokyo"}
    timing = read_timing(asked)
    assert timing is not None
    edited = retime_schedule(schedule, user=make_admin(), timing=timing)
    assert edited.next_due_at is not None
    assert edited.next_due_at > timezone.now()
    assert start_due() == 0


def test_a_pause_is_no_downtime(owner: Any, job: Job) -> None:
    schedule, admin = make_schedule(job, owner, due=minutes_ago(30)), make_admin()
    paused = pause_schedule(schedule, user=admin)
    assert (paused.enabled, paused.state_reason) == (False, "Paused by admin.")
    assert start_due() == 0
    resumed = resume_schedule(paused, user=admin)
    assert (resumed.enabled, resumed.state_reason) == (True, "")
    assert start_due() == 0
    assert [each.action for each in ObjectChange.objects.all()] == ["update", "update"]


def test_a_skipped_due_time_has_no_run_and_says_whose_wish_that_was(owner: Any, job: Job) -> None:
    due, admin = minutes_ago(0), make_admin()
    schedule = make_schedule(job, owner, due=due)
    skipped = skip_next_due(schedule, user=admin)
    assert skipped.next_due_at == due + timedelta(minutes=1)
    assert (DueTime.objects.get().due_at, DueTime.objects.get().skipped) == (
        due,
        "Skipped by admin.",
    )
    assert start_due() == 0
    assert ObjectChange.objects.get().user_name == "admin"


def test_skipping_the_only_due_time_ends_it(owner: Any, job: Job) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(-5), interval="future")
    skipped = skip_next_due(schedule, user=make_admin("ana"))
    assert (skipped.enabled, skipped.state) == (False, "completed")
    with pytest.raises(ScheduleRefused):
        skip_next_due(schedule, user=make_admin())


def test_what_is_over_cannot_be_resumed(owner: Any, job: Job) -> None:
    schedule = make_schedule(job, owner, due=minutes_ago(0), interval="future")
    start_due()
    with pytest.raises(ScheduleRefused):
        resume_schedule(schedule, user=make_admin())


def test_run_now_runs_for_who_asks_and_leaves_the_due_times(owner: Any, job: Job) -> None:
    make_worker()
    due = minutes_ago(-5)
    schedule = make_schedule(job, owner, due=due, kwargs={"host": "a"})
    admin = make_admin()
    run = run_schedule_now(schedule, user=admin, door="web")
    assert (run.user, run.task_kwargs, run.scheduled_job) == (admin, {"host": "a"}, schedule)
    schedule.refresh_from_db()
    assert (schedule.next_due_at, schedule.total_run_count) == (due, 0)
