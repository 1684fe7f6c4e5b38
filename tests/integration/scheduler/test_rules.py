"""Schedules that repeat every so many minutes, or by a rule, at every door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.actions.start_due import start_due
from jobsmith.actions.timing import ONE_OF, read_timing
from jobsmith.approving import facts_of_request
from jobsmith.cli.main import main
from jobsmith.errors import ScheduleRefused
from jobsmith.models import DueTime, Job, ScheduledJob
from tests.support.factories import make_admin, make_job, make_spec, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

LAST_FRIDAY = "FREQ=MONTHLY;BYDAY=-1FR"
START = "2035-01-01T18:00"


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Ping"))


@pytest.fixture
def admin() -> Any:
    return make_admin()


def asked(**when: Any) -> dict[str, Any]:
    return {"interval": "custom", "name": "n", "time_zone": "Europe/Berlin", **when}


@pytest.mark.parametrize(
    ("when", "name"),
    [
        ({"rrule": LAST_FRIDAY}, "start_time"),
        ({"rrule": "FREQ=SECONDLY", "start_time": START}, "rrule"),
        ({"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "start_time": START}, "rrule"),
        ({"rrule": "x" * 256, "start_time": START}, "rrule"),
        ({"rrule": 5, "start_time": START}, "rrule"),
        ({"every_minutes": -1}, "every_minutes"),
        ({"every_minutes": 527_041}, "every_minutes"),
        ({"every_minutes": "45m"}, "every_minutes"),
        ({"every_minutes": True}, "every_minutes"),
        ({}, "crontab"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(when: dict[str, Any], name: str) -> None:
    with pytest.raises(ScheduleRefused) as refused:
        read_timing(asked(**when))
    assert list(refused.value.errors) == [name]


def test_there_is_one_form_at_a_time() -> None:
    for more in ({"crontab": "0 0 * * *"}, {"rrule": LAST_FRIDAY}):
        with pytest.raises(ScheduleRefused, match=ONE_OF):
            read_timing(asked(every_minutes=45, start_time=START, **more))


def test_without_a_start_minutes_are_counted_from_now() -> None:
    timing = read_timing(asked(every_minutes="45"))
    assert timing is not None
    assert timing.rule.start.second == 0
    left = timing.rule.start - timezone.now()
    assert timedelta(minutes=43) < left <= timedelta(minutes=45)


def test_each_door_makes_them(job: Job, admin: Any) -> None:
    client = APIClient()
    client.force_login(admin)
    when = {**asked(name="rest"), "rrule": LAST_FRIDAY, "start_time": START}
    address = f"/api/extras/jobs/{job.pk}/run/"
    made = client.post(address, {"schedule": when}, format="json").json()["scheduled_job"]
    shown = client.get(f"/api/extras/scheduled-jobs/{made['id']}/").json()
    assert (shown["interval"], shown["crontab"]) == ("custom", "")
    assert (shown["rrule"], shown["every_minutes"]) == (LAST_FRIDAY, 0)
    assert shown["next_due_at"] == "2035-01-26T17:00:00Z"
    flat = {f"_schedule_{name}": each for name, each in asked(name="form").items()}
    client.post(address, {**flat, "_schedule_every_minutes": "45"})
    query = (
        f'mutation {{ schedule_job(job: "{job.pk}", name: "graphql", interval: "custom", '
        f'every_minutes: 45, start_time: "{START}") {{ every_minutes rrule }} }}'
    )
    told = client.post("/api/graphql/", {"query": query}, format="json").json()
    assert told["data"]["schedule_job"] == {"every_minutes": 45, "rrule": ""}
    words = ["schedules", "add", str(job.pk), "--name", "cli", "--rrule", LAST_FRIDAY]
    done = CliRunner().invoke(main, [*words, "--start", START])
    assert done.exit_code == 0, done.output
    listed = CliRunner().invoke(main, ["schedules", "list", "--json"]).output
    assert "every 45 min" in listed
    kept = ScheduledJob.objects.order_by("name").values_list("name", "every_minutes", "rrule")
    assert list(kept) == [
        ("cli", 0, LAST_FRIDAY),
        ("form", 45, ""),
        ("graphql", 45, ""),
        ("rest", 0, LAST_FRIDAY),
    ]


def test_the_pages_make_show_and_change_them(job: Job, admin: Any) -> None:
    client = Client()
    client.force_login(admin)
    when = {**asked(), "rrule": LAST_FRIDAY, "start_time": START}
    sent = {f"_schedule_{name}": each for name, each in when.items()}
    page = client.post(f"/jobs/{job.pk}/run/", sent, follow=True).content.decode()
    row = ScheduledJob.objects.get()
    assert "2035-01-26" in page
    assert LAST_FRIDAY in client.get("/schedules/").content.decode()
    names = ("name", "interval", "time_zone", "misfire", "overlap", "blackout")
    form = {name: getattr(row, name) for name in names}
    form |= {"every_minutes": "45", "start_time": "2035-01-26 18:00:00"}
    answer = client.post(f"/schedules/{row.pk}/", form)
    row.refresh_from_db()
    assert (answer.status_code, row.every_minutes, row.rrule) == (302, 45, "")
    refused = client.post(f"/schedules/{row.pk}/", {**form, "crontab": "0 0 * * *"})
    assert (refused.status_code, ONE_OF in refused.content.decode()) == (400, True)


def test_each_due_time_has_its_run(job: Job, admin: Any) -> None:
    due = datetime(2026, 3, 28, 18, tzinfo=UTC)
    forms = ({"every_minutes": 45, "crontab": ""}, {"rrule": "FREQ=DAILY;COUNT=2", "crontab": ""})
    for form in forms:
        make_schedule(job, admin, due=due, misfire="run_all", **form)
    start_due(due + timedelta(days=1))
    every, rule = ScheduledJob.objects.order_by("name")
    assert (every.due_times.count(), every.enabled) == (33, True)
    assert every.next_due_at == due + timedelta(minutes=33 * 45)
    assert (rule.due_times.count(), rule.state) == (2, "completed")
    assert not DueTime.objects.exclude(skipped="").exists()


def test_what_came_past_the_actions_stops_its_schedule_only(job: Job, admin: Any) -> None:
    due = timezone.now() - timedelta(seconds=5)
    bad = make_schedule(job, admin, due=due, rrule="FREQ=SECONDLY")
    good = make_schedule(job, admin, due=due)
    assert start_due() == 1
    bad.refresh_from_db()
    assert (bad.state, good.due_times.count()) == ("errored", 1)


def test_an_approval_is_bound_to_them_and_older_ones_stay_valid(job: Job, admin: Any) -> None:
    row = make_schedule(job, admin, due=timezone.now())
    assert "rrule" not in facts_of_request(row)["window"]
    row.every_minutes = 45
    assert facts_of_request(row)["window"]["every_minutes"] == 45
