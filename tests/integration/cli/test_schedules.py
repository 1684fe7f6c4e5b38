"""Schedules on the command line."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from jobsmith.cli.main import main
from jobsmith.models import JobResult, ScheduledJob
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_spec, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

Jobsmith = Callable[..., Result]


@pytest.fixture
def jobsmith() -> Jobsmith:
    make_admin()
    make_worker()
    make_job(make_spec("Ping", VariableSpec(name="count", type="IntegerVar", default=4)))
    return lambda *words: CliRunner().invoke(main, ["schedules", *words])


def test_a_schedule_is_added_with_inputs_and_listed(jobsmith: Jobsmith) -> None:
    said = jobsmith(
        *("add", "Ping", "count=3", "--name", "Nightly"),
        *("--crontab", "30 2 * * *", "--zone", "Asia/Tokyo"),
    )
    assert said.exit_code == 0, said.stderr
    row = ScheduledJob.objects.get()
    assert (said.output.strip(), row.kwargs) == (str(row.pk), {"count": 3})
    [told] = json.loads(jobsmith("list", "--json").output)
    assert (told["name"], told["repeats"], told["state"]) == ("Nightly", "30 2 * * *", "active")
    assert told["next_due_at"].endswith("T02:30:00+09:00")
    assert "Nightly" in jobsmith("list").output


def test_overlap_end_and_failures_are_options(jobsmith: Jobsmith) -> None:
    said = jobsmith(
        *("add", "Ping", "--name", "n", "--crontab", "0 * * * *", "--overlap", "skip"),
        *("--end", "2035-01-01T00:00", "--pause-after", "3"),
    )
    assert said.exit_code == 0, said.stderr
    row = ScheduledJob.objects.get()
    assert (row.overlap, row.pause_after_failures, row.end_time.year) == ("skip", 3, 2035)


def test_defaults_are_those_of_the_page(jobsmith: Jobsmith) -> None:
    jobsmith("add", "Ping", "--name", "n", "--interval", "daily", "--start", "2035-01-01T00:00")
    assert ScheduledJob.objects.get().kwargs == {"count": 4}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--crontab", "bad"), "Enter five fields"),
        (("--interval", "daily", "--start", "2015-01-01T00:00"), "Please enter a valid date"),
        (("--crontab", "* * * * *", "count=x"), "Enter a whole number"),
    ],
)
def test_bad_input_is_said_at_once(
    jobsmith: Jobsmith, words: tuple[str, ...], sentence: str
) -> None:
    said = jobsmith("add", "Ping", "--name", "n", *words)
    assert (said.exit_code, sentence in said.stderr) == (2, True)
    assert not ScheduledJob.objects.exists()


def test_pause_resume_run_and_delete_take_a_name_or_an_id(jobsmith: Jobsmith) -> None:
    job, admin = make_job(make_spec("Other")), make_admin("ana")
    row = make_schedule(job, admin, due=timezone.now() + timedelta(hours=1), name="Nightly")
    assert jobsmith("pause", "Nightly").exit_code == 0
    row.refresh_from_db()
    assert not row.enabled
    assert json.loads(jobsmith("list", "--json").output)[0]["state"] == "paused"
    assert jobsmith("resume", str(row.pk)).exit_code == 0
    assert jobsmith("skip", "Nightly").exit_code == 0
    assert row.due_times.get().skipped == "Skipped by admin."
    said = jobsmith("run", "Nightly", "--no-wait")
    assert said.output.strip() == str(JobResult.objects.get(scheduled_job=row).pk)
    assert jobsmith("delete", "Nightly").exit_code == 0
    assert jobsmith("pause", "Nightly").exit_code == 2
