"""The scheduler's loop: what it does by itself, and that nothing of it ends it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from jobsmith.actions.save_record import create_record
from jobsmith.audit import verify
from jobsmith.models import JobQueue, JobResult, SignInFailure, Worker
from jobsmith.scheduler import loop
from tests.support.factories import make_admin, make_job, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db(transaction=True)


def turns(count: int) -> Callable[[], bool]:
    """Stop after so many turns."""
    left = iter(range(count))
    return lambda: next(left, None) is None


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "NAP", 0)


def test_it_seals_the_trail_and_forgets_what_is_old() -> None:
    admin = make_admin()
    for number in range(3):
        create_record(JobQueue, user=admin, values={"name": f"q{number}"})
    old = SignInFailure.objects.create(user_name="eve")
    SignInFailure.objects.filter(pk=old.pk).update(time=timezone.now() - timedelta(hours=1))
    make_worker(beat_at=timezone.now() - timedelta(days=2))
    assert loop.run_scheduler(stop=turns(1)) == 0
    assert (verify().sealed, verify().unsealed) == (3, 0)
    assert not SignInFailure.objects.exists()
    [row] = Worker.objects.all()
    assert (row.kind, row.stopped_at is not None) == (Worker.Kind.SCHEDULER, True)


def test_it_starts_what_is_due() -> None:
    make_schedule(make_job(), make_admin(), due=timezone.now())
    loop.run_scheduler(stop=turns(1))
    assert JobResult.objects.count() == 1


@pytest.mark.parametrize(
    "error", [DatabaseError("locked"), InterfaceError("already closed"), OSError("disk full")]
)
def test_a_step_that_fails_delays_itself_and_nothing_else(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(loop, "rescue", fail)
    admin = make_admin()
    create_record(JobQueue, user=admin, values={"name": "q"})
    assert loop.run_scheduler(stop=turns(2)) == 0
    assert str(error) in caplog.text
    assert verify().sealed == 1


def test_steps_come_at_their_own_pace() -> None:
    done: list[tuple[str, int]] = []
    now = 0
    steps = [
        loop.Step(3, lambda: done.append(("a", now))),
        loop.Step(5, lambda: done.append(("b", now))),
    ]
    for now in range(10):
        loop.take_due(steps, now)
    assert done == [("a", 0), ("b", 0), ("a", 3), ("b", 5), ("a", 6), ("a", 9)]
