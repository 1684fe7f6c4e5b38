"""A clock of our own runs through odd hours of five zones: each due time has one run, none more.

What is due is said by an oracle that walks through time. ``TEST_SWEEP_DAYS=731`` runs through two
years and more than 20,000 due times; give it ``--timeout=3600``.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobsmith.models import DueTime, JobResult, ScheduledJob
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
STEP = timedelta(days=10 if DAYS > 100 else 2)


def test_nothing_is_missed_and_nothing_comes_twice(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = {
        zone: sorted(oracle(TIMES, zone, BEGIN, BEGIN + timedelta(days=DAYS), 15)) for zone in ZONES
    }
    make_schedules(wanted)
    deaths = sweep(max(times[-1] for times in wanted.values()))
    found = {
        zone: [each for each in recorded(zone) if each < BEGIN + timedelta(days=DAYS)]
        for zone in ZONES
    }
    missed = sum(len(set(wanted[zone]) - set(found[zone])) for zone in ZONES)
    spare = sum(len(found[zone]) - len(set(wanted[zone])) for zone in ZONES)
    runs = DueTime.objects.exclude(job_result=None).values("job_result").distinct().count()
    total = sum(map(len, wanted.values()))
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {total} due times in {len(ZONES)} zones over {DAYS} days, 3 schedulers,"
            f" {deaths} killed: {missed} missed, {spare} double\n"
        )
    assert found == wanted
    assert runs == DueTime.objects.count() == JobResult.objects.count()
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
