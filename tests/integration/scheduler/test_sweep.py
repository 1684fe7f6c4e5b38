"""A clock of our own runs through odd hours of five zones: each due time has one run, none more.

Beside the crontabs go one schedule that repeats every so many minutes, one by a rule whose runs
start late, and one that a blackout holds up at weekends.

What is due is said by an oracle that walks through time. ``TEST_SWEEP_DAYS=731`` runs through two
years and more than 20,000 due times; give it ``--timeout=3600``.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobsmith.models import BlackoutCalendar, DueTime, JobResult, ScheduledJob
from tests.support.factories import make_admin, make_job
from tests.support.job_files import database_url
from tests.support.schedules import make_schedule
from tests.support.wall_clock import EVERY_DAY, EVERY_WEEKDAY, ZONES, Times, oracle, written

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
BEGIN = datetime(2026, 3, 7, tzinfo=UTC)
DAYS = int(os.environ.get("TEST_SWEEP_DAYS", 31))
"""The usual ones hold the change of the clock in each of the zones."""
MINUTES, HOURS = ({0, 30}, {0, 1, 2}) if DAYS > 100 else ({30}, {1, 2})
TIMES: Times = (frozenset(MINUTES), frozenset(HOURS), EVERY_DAY, EVERY_WEEKDAY)
WEEKLY: Times = (frozenset({30}), frozenset({1, 2}), EVERY_DAY, frozenset({1, 3, 5}))
DAILY: Times = (frozenset({30}), frozenset({2}), EVERY_DAY, EVERY_WEEKDAY)
EVERY = timedelta(minutes=1437)
STEP = timedelta(days=10 if DAYS > 100 else 2)


def test_nothing_is_missed_and_nothing_comes_twice(capsys: pytest.CaptureFixture[str]) -> None:
    end = BEGIN + timedelta(days=DAYS)
    wanted = {zone: sorted(oracle(TIMES, zone, BEGIN, end, 15)) for zone in ZONES} | {
        "every": [BEGIN + number * EVERY for number in range(-((BEGIN - end) // EVERY))],
        "rule": sorted(oracle(WEEKLY, "Australia/Lord_Howe", BEGIN, end, 15)),
        "blackout": sorted(oracle(DAILY, "America/Santiago", BEGIN, end, 15)),
    }
    make_schedules({zone: wanted[zone] for zone in ZONES})
    make_others(wanted)
    deaths = sweep(max(times[-1] for times in wanted.values()) + timedelta(hours=1))
    found = {name: [each for each in recorded(name) if each < end] for name in wanted}
    missed = sum(len(set(wanted[name]) - set(found[name])) for name in wanted)
    spare = sum(len(found[name]) - len(set(wanted[name])) for name in wanted)
    runs = DueTime.objects.exclude(job_result=None).values("job_result").distinct().count()
    weekends = [each for each in wanted["blackout"] if at_weekend(each)]
    skipped = DueTime.objects.filter(skipped="In the blackout Weekends.", due_at__lt=end)
    total = sum(map(len, wanted.values()))
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {total} due times of {len(wanted)} schedules in {len(ZONES)} zones"
            f" over {DAYS} days, 3 schedulers, {deaths} killed: {missed} missed, {spare} double\n"
        )
    assert found == wanted
    assert list(skipped.order_by("due_at").values_list("due_at", flat=True)) == weekends
    in_all = DueTime.objects.exclude(skipped="In the blackout Weekends.").count()
    assert runs == in_all == JobResult.objects.count()
    assert DAYS < 10 or deaths > 3


def make_schedules(wanted: dict[str, list[datetime]]) -> None:
    job, user = make_job(), make_admin()
    for zone, times in wanted.items():
        make_schedule(
            job,
            user,
            due=times[0],
            name=zone,
            time_zone=zone,
            crontab=written(TIMES),
            misfire=ScheduledJob.Misfire.RUN_ALL,
        )


def make_others(wanted: dict[str, list[datetime]]) -> None:
    other = ScheduledJob.objects.select_related("job_model", "user")[0]
    rule = "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=1,2;BYMINUTE=30"
    forms = {
        "every": {"crontab": "", "every_minutes": EVERY // timedelta(minutes=1)},
        "rule": {
            "crontab": "",
            "rrule": rule,
            "jitter_seconds": 900,
            "time_zone": "Australia/Lord_Howe",
        },
        "blackout": {"crontab": "30 2 * * *", "time_zone": "America/Santiago"},
    }
    for name, form in forms.items():
        due = wanted[name][0]
        row = make_schedule(
            other.job_model, other.user, due=due, name=name, misfire="run_all", **form
        )
        if name == "blackout":
            windows, zone = ["sat 00:00 to mon 00:00"], "America/Santiago"
            weekends = BlackoutCalendar.objects.create(
                name="Weekends", time_zone=zone, windows=windows
            )
            row.blackout_calendars.add(weekends)


def at_weekend(due: datetime) -> bool:
    return due.astimezone(ZoneInfo("America/Santiago")).weekday() in (5, 6)


def recorded(zone: str) -> list[datetime]:
    rows = DueTime.objects.filter(schedule__name=zone).order_by("due_at")
    return list(rows.values_list("due_at", flat=True))


def sweep(end: datetime) -> int:
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    asked = [str(end.timestamp()), str(STEP.total_seconds())]
    command = [sys.executable, "-m", "tests.support.sweeping", *asked]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, timeout=3600)
    return int(done.stdout)
