"""Rules, and runs that end."""

from collections.abc import Callable
from typing import Any

import pytest

from jobsmith.lifecycle import Status
from jobsmith.models import JobResult, NotificationEvent, NotificationRule
from tests.support import factories as make

Event = NotificationRule.Event
RUNS = [Event.RUN_SUCCEEDED, Event.RUN_FAILED, Event.RUN_CANCELLED]


@pytest.fixture
def admin(db: None) -> Any:
    return make.make_admin()


@pytest.fixture
def job(db: None) -> Any:
    return make.make_job()


@pytest.fixture
def rule(admin: Any) -> Callable[..., NotificationRule]:
    def made(*users: Any, **fields: Any) -> NotificationRule:
        name = f"rule {NotificationRule.objects.count()}"
        kept = {"name": name, "events": RUNS, "owner": admin, **fields}
        row = NotificationRule.objects.create(**kept)
        row.users.set(users)
        return row

    return made


@pytest.fixture
def ended(job: Any) -> Callable[..., JobResult]:
    """A run that has just ended, as its supervisor would have ended it."""

    def made(status: str = Status.FAILURE, **fields: Any) -> JobResult:
        run = make.make_result(fields.pop("job", job), status=status, **fields)
        NotificationEvent.objects.note(NotificationEvent.Kind.RUN_ENDED, run.pk)
        return run

    return made
