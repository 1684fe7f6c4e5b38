"""What puts a run off or drops it: blackouts and jitter. Each due time is still recorded once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsmith.actions.pacing import upcoming
from jobsmith.actions.save_schedule import skip_next_due
from jobsmith.actions.start_due import start_due
from jobsmith.models import BlackoutCalendar, DueTime, Job, JobResult, ScheduledJob
from jobsmith.recurrence import Pace, fate_of
from tests.support.factories import make_admin, make_job, make_spec, make_worker
from tests.support.schedules import make_schedule

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 5, 12, tzinfo=UTC)  # a Friday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def job() -> Job:
    make_worker()
    return make_job(make_spec("Ping"))


@pytest.fixture
def admin() -> Any:
    return make_admin()


def freeze(row: ScheduledJob, *windows: str, name: str = "Freeze") -> BlackoutCalendar:
    calendar = BlackoutCalendar.objects.create(name=name, windows=list(windows))
    row.blackout_calendars.add(calendar)
    return calendar


def recorded() -> list[tuple[str, bool, str]]:
    """Each due time, whether it has a run, and why not."""
    rows = DueTime.objects.order_by("due_at")
    return [(f"{each.due_at:%d %H:%M}", bool(each.job_result_id), each.skipped) for each in rows]


def hourly(job: Job, admin: Any, **fields: Any) -> ScheduledJob:
    return make_schedule(job, admin, due=NOON, crontab="0 * * * *", **fields)


def test_what_is_due_in_a_blackout_is_recorded_with_it_and_not_run(job: Job, admin: Any) -> None:
    freeze(hourly(job, admin, misfire="run_all"), "fri 13:00 to fri 15:00")
    start_due(NOON + 3 * HOUR)
    said = "In the blackout Freeze."
    assert recorded() == [
        ("05 12:00", True, ""),
        ("05 13:00", False, said),
        ("05 14:00", False, said),
        ("05 15:00", True, ""),
    ]


def test_what_is_held_runs_once_when_the_blackout_is_over(job: Job, admin: Any) -> None:
    row = hourly(job, admin, blackout="run_after")
    freeze(row, "2026-06-05 11:30 to 2026-06-05 14:20")
    for at in (NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 2 * HOUR + 19 * MINUTE):
        assert start_due(at) == 0
    row.refresh_from_db()
    assert (row.next_due_at, row.held_until) == (NOON + 2 * HOUR, NOON + 140 * MINUTE)
    assert start_due(NOON + 140 * MINUTE) == 1
    said = "Held by the blackout Freeze; a later due time came by then."
    assert recorded() == [
        ("05 12:00", False, said),
        ("05 13:00", False, said),
        ("05 14:00", True, ""),
    ]
    row.refresh_from_db()
    assert (row.next_due_at, row.held_until, row.enabled) == (NOON + 3 * HOUR, None, True)


def test_a_missed_time_is_late_from_the_end_of_its_blackout(job: Job, admin: Any) -> None:
    row = make_schedule(
        job, admin, due=NOON, crontab="0 12 * * *", misfire="skip", blackout="run_after"
    )
    freeze(row, "daily 11:00 to 13:00")
    assert start_due(NOON + HOUR + timedelta(seconds=30)) == 1
    assert start_due(NOON + DAY + HOUR + 2 * MINUTE) == 0
    assert [each[1] for each in recorded()] == [True, False]


def test_windows_one_after_the_other_hold_until_the_last_ends(job: Job, admin: Any) -> None:
    row = make_schedule(job, admin, due=NOON, crontab="0 12 * * *", blackout="run_after")
    freeze(row, "daily 11:00 to 13:00", "fri 12:30 to fri 15:00")
    freeze(row, "2026-06-05 14:00 to 2026-06-05 16:00", name="Another")
    assert upcoming(row, 1)[0].fate.start == NOON + 4 * HOUR


def test_what_is_never_over_is_said_and_ends_the_search(job: Job, admin: Any) -> None:
    row = make_schedule(job, admin, due=NOON, crontab="0 12 * * *", blackout="run_after")
    freeze(row, "daily 00:00 to 12:00", "daily 12:00 to 00:00")
    start_due(NOON)
    assert recorded() == [("05 12:00", False, "Its blackouts do not end.")]


def test_what_is_put_off_takes_nobody_elses_turn(job: Job, admin: Any) -> None:
    for _ in range(60):
        freeze(hourly(job, admin, blackout="run_after"), "fri 11:00 to fri 13:30", name=f"F{_}")
    start_due(NOON + MINUTE)
    start_due(NOON + MINUTE)
    make_schedule(job, admin, due=NOON + MINUTE)
    assert start_due(NOON + MINUTE) == 1


def test_to_skip_what_is_held_lets_the_next_one_come_in_time(job: Job, admin: Any) -> None:
    row = make_schedule(job, admin, due=NOON, crontab="0 12 * * *", blackout="run_after")
    freeze(row, "daily 11:00 to 13:00")
    start_due(NOON)
    row.refresh_from_db()
    assert row.held_until == NOON + HOUR
    skip_next_due(row, user=admin)
    row.refresh_from_db()
    assert (row.next_due_at, row.held_until) == (NOON + DAY, None)
    assert start_due(NOON + HOUR) == 0


def test_jitter_is_the_same_for_whoever_asks_and_different_from_schedule_to_schedule() -> None:
    def late(seed: str, due: datetime = NOON, **more: Any) -> float:
        start = fate_of(Pace(seed=seed, jitter=600), due, more.get("following")).start
        assert start is not None
        return (start - due).total_seconds()

    assert late("a") == late("a")
    spread = {late(str(each)) for each in range(100)}
    assert len(spread) > 80
    assert 0 <= min(spread) < max(spread) <= 600
    assert len({late("a", NOON + each * DAY) for each in range(20)}) > 15
    near = [late(str(each), following=NOON + MINUTE) for each in range(100)]
    assert max(near) < 60


def test_a_run_with_jitter_starts_late_and_its_due_time_stays(job: Job, admin: Any) -> None:
    row = make_schedule(job, admin, due=NOON, crontab="0 12 * * *", jitter_seconds=3600)
    start = upcoming(row, 1)[0].fate.start
    assert start is not None
    assert NOON < start <= NOON + HOUR
    assert start_due(start - timedelta(seconds=1)) == 0
    assert start_due(start) == 1
    assert start_due(start) == 0
    assert recorded() == [("05 12:00", True, "")]
    row.refresh_from_db()
    assert (row.next_due_at, row.held_until) == (NOON + DAY, None)
    assert JobResult.objects.count() == 1


def test_jitter_beyond_the_next_due_time_loses_none(job: Job, admin: Any) -> None:
    make_schedule(job, admin, due=NOON, jitter_seconds=3600)
    at = NOON
    while at < NOON + 10 * MINUTE:
        start_due(at)
        at += timedelta(seconds=5)
    assert [each[1] for each in recorded()][:9] == [True] * 9


def test_the_preview_tells_what_will_become_of_each(job: Job, admin: Any) -> None:
    row = hourly(job, admin)
    freeze(row, "fri 13:00 to fri 14:00")
    first, second, third = upcoming(row, 3)
    assert (first.fate.start, third.fate.start) == (NOON, NOON + 2 * HOUR)
    assert (second.fate.start, second.fate.why) == (None, "In the blackout Freeze.")


def test_a_calendar_that_came_past_the_actions_stops_its_schedule_only(
    job: Job, admin: Any
) -> None:
    bad = hourly(job, admin)
    freeze(bad, "sometimes")
    good = hourly(job, admin)
    assert start_due(NOON) == 1
    bad.refresh_from_db()
    assert (bad.state, good.due_times.count()) == ("errored", 1)
    assert "sometimes" in bad.state_reason
