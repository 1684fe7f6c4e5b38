"""Three schedulers at once, killed again and again: each due time has one run."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.utils import timezone

from jobsmith.models import DueTime, JobResult, ScheduledJob
from tests.support.factories import make_admin, make_job
from tests.support.job_files import database_url
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
SCHEDULES, MINUTES = 25, 12
MOST = 200
"""Schedulers that are started before the test gives up."""


def ticker(seed: int) -> "subprocess.Popen[bytes]":
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    return subprocess.Popen([sys.executable, "-m", "tests.support.ticking", str(seed)], env=env)


def test_killed_between_due_and_recorded_nothing_is_lost_and_nothing_comes_twice() -> None:
    job, user = make_job(), make_admin()
    begin = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=MINUTES)
    for number in range(SCHEDULES):
        make_schedule(job, user, due=begin, name=f"s{number}", misfire="run_all")
    seeds = count(1)
    running = [ticker(next(seeds)) for _ in range(3)]
    killed = 0
    while running:
        ended = running.pop(0)
        ended.wait(timeout=120)
        if ended.returncode == -signal.SIGKILL:
            killed += 1
            seed = next(seeds)
            assert seed < MOST
            running.append(ticker(seed))
        else:
            assert ended.returncode == 0
    assert killed > 3
    for schedule in ScheduledJob.objects.all():
        due = list(schedule.due_times.order_by("due_at").values_list("due_at", flat=True))
        assert due == [begin + timedelta(minutes=each) for each in range(len(due))]
        assert len(due) > MINUTES
        assert schedule.total_run_count == len(due)
        assert schedule.job_results.count() == len(due)
    runs = DueTime.objects.exclude(job_result=None).values("job_result").distinct().count()
    assert runs == DueTime.objects.count() == JobResult.objects.count()
