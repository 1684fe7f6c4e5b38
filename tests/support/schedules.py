"""Schedules for tests."""

from datetime import datetime
from typing import Any

from jobsmith.models import Job, ScheduledJob


def make_schedule(job: Job, user: Any, *, due: datetime | None = None, **fields: Any) -> Any:
    """A schedule that is due next at that time, every minute afterwards."""
    given = {
        "name": f"schedule {ScheduledJob.objects.count()}",
        "interval": "custom",
        "crontab": "* * * * *",
        "task": job.class_path,
        **({"start_time": due} if due else {}),
        **fields,
    }
    return ScheduledJob.objects.create(job_model=job, user=user, next_due_at=due, **given)
