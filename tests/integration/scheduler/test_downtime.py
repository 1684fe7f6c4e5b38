"""Three days without a scheduler: what each misfire policy makes of them."""

import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from jobsmith.actions.start_due import start_due
from jobsmith.models import DueTime, JobResult, ScheduledJob
from tests.support.factories import make_admin, make_job
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

DAYS, EVERY = 3, 30
DUE = DAYS * 24 * 60 // EVERY + 1
"""The first and the last due time are both among them."""
WANTED = {
    "run_once": (1, DUE - 1),
    "skip": (0, DUE),
    "run_all": (DUE, 0),
}


def test_after_three_days_each_policy_runs_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    job, user, came = make_job(), make_admin(), {}
    last = timezone.now().replace(minute=0, second=0, microsecond=0)
    back = last + timedelta(minutes=5)
    for policy in ScheduledJob.Misfire.values:
        first = last - timedelta(days=DAYS)
        schedule = make_schedule(
            job, user, due=first, name=policy, crontab=f"*/{EVERY} * * * *", misfire=policy
        )
        while start_due(back) or ScheduledJob.objects.filter(next_due_at__lte=back).exists():
            pass
        times = DueTime.objects.filter(schedule=schedule)
        came[policy] = (times.filter(skipped="").count(), times.exclude(skipped="").count())
    lines = [
        f"  {policy:<9} {runs:>4} runs {told:>4} skipped" for policy, (runs, told) in came.items()
    ]
    with capsys.disabled():
        sys.stdout.write(f"\n  {DAYS} days, due every {EVERY} min: {DUE} due times\n")
        sys.stdout.write("\n".join(lines) + "\n")
    assert came == WANTED
    assert JobResult.objects.count() == sum(runs for runs, _ in came.values())
