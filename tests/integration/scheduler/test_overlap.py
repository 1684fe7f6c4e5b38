"""What becomes of a due time while an earlier run of its schedule has not ended."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone

from jobsmith.actions.start_due import start_due
from jobsmith.models import DueTime, Job, JobResult, ObjectChange, ScheduledJob, Worker
from jobsmith.runner import reasons
from jobsmith.runner.claims import claim
from jobsmith.runner.waiting import explain
from tests.support.factories import make_job, make_result, make_spec, make_user, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Any:
    return make_user("olga", "run_job")


@pytest.fixture
def job() -> Job:
    return make_job(make_spec("Ping"))


@pytest.fixture
def worker() -> Worker:
    return make_worker(slots=20)


def now() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


def due_again() -> None:
    ScheduledJob.objects.update(next_due_at=now() - timedelta(minutes=1), misfire="run_all")
    DueTime.objects.all().delete()
    start_due()


def twice(job: Job, owner: Any, overlap: str, **earlier: Any) -> tuple[JobResult, list[JobResult]]:
    """A run of the schedule that has not ended, and what its next due time added."""
    schedule = make_schedule(job, owner, due=now(), overlap=overlap)
    first = make_result(job, scheduled_job=schedule, **earlier)
    start_due()
    return first, list(JobResult.objects.exclude(pk=first.pk))


def take(worker: Worker) -> list[JobResult]:
    return claim(worker, queues=["default"], most=20)


def end(*runs: JobResult) -> None:
    JobResult.objects.filter(pk__in=[each.pk for each in runs]).update(status="SUCCESS")


def test_by_itself_a_run_goes_on_beside_another(job: Job, owner: Any, worker: Worker) -> None:
    first, [second] = twice(job, owner, "allow")
    assert take(worker) == [first, second]


def test_a_queued_run_waits_for_the_earlier_one_and_says_so(
    job: Job, owner: Any, worker: Worker
) -> None:
    first, [second] = twice(job, owner, "queue")
    assert take(worker) == [first]
    explain()
    second.refresh_from_db()
    assert second.waiting_reason == reasons.in_turn(first.pk)
    assert claim(worker, queues=[], most=1, only=str(second.pk)) == []
    end(first)
    explain()
    second.refresh_from_db()
    assert second.waiting_reason == reasons.SOON
    assert take(worker) == [second]


def test_queued_runs_go_one_after_the_other(job: Job, owner: Any, worker: Worker) -> None:
    due = now() - timedelta(minutes=2)
    make_schedule(job, owner, due=due, overlap="queue", misfire="run_all")
    assert start_due() == 3
    other = make_result(job, name="of no schedule")
    runs = list(JobResult.objects.exclude(pk=other.pk).order_by("date_created"))
    explain()
    said = [JobResult.objects.get(pk=each.pk).waiting_reason for each in runs]
    assert said == [reasons.SOON, *[reasons.in_turn(runs[0].pk)] * 2]
    assert take(worker) == [runs[0], other]
    for earlier, later in pairwise(runs):
        assert take(worker) == []
        end(earlier)
        assert take(worker) == [later]


def test_a_queued_run_waits_for_all_earlier_ones(job: Job, owner: Any, worker: Worker) -> None:
    first, [second] = twice(job, owner, "allow")
    ScheduledJob.objects.update(overlap="queue")
    due_again()
    assert take(worker) == [first, second]
    end(second)
    assert take(worker) == []
    end(first)
    assert len(take(worker)) >= 1


def test_a_skipped_due_time_names_the_run_that_had_not_ended(job: Job, owner: Any) -> None:
    first, added = twice(job, owner, "skip", status="STARTED")
    assert added == []
    said = f"Its run {first.pk} had not ended."
    assert DueTime.objects.get().skipped == said
    schedule = ScheduledJob.objects.get()
    assert (schedule.state_reason, schedule.enabled, schedule.state) == (said, True, "active")
    end(first)
    due_again()
    assert JobResult.objects.exclude(pk=first.pk).exists()


def test_a_replaced_run_that_waits_ends_and_one_that_goes_on_is_cancelled_first(
    job: Job, owner: Any, worker: Worker
) -> None:
    waiting, [second] = twice(job, owner, "replace")
    waiting.refresh_from_db()
    assert (waiting.status, waiting.cause) == ("REVOKED", "replaced")
    assert ObjectChange.objects.get(changed_object_id=waiting.pk).user_name == "olga"
    assert take(worker) == [second]
    due_again()
    second.refresh_from_db()
    assert (second.status, second.canceled_by) == ("STARTED", owner)
    assert take(worker) == []  # the new one begins when the old one has left
    end(second)
    assert len(take(worker)) == 1


def test_nothing_is_stopped_for_a_run_that_cannot_be(job: Job, owner: Any) -> None:
    schedule = make_schedule(job, owner, due=now(), overlap="replace")
    first = make_result(job, scheduled_job=schedule)
    Job.objects.update(enabled=False)
    assert start_due() == 0
    first.refresh_from_db()
    assert (first.status, first.date_canceled) == ("PENDING", None)
    assert "not enabled" in DueTime.objects.get().skipped
