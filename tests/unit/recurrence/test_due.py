"""Due times, against an oracle that only walks through time minute by minute."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobsmith.recurrence import Rule, due_times
from tests.support.wall_clock import (
    BEGIN,
    END,
    EVERY_DAY,
    EVERY_HOUR,
    EVERY_MINUTE,
    EVERY_WEEKDAY,
    ZONES,
    Times,
    oracle,
    written,
)

MINUTE = timedelta(minutes=1)


def between(rule: Rule, begin: datetime, end: datetime) -> Iterator[datetime]:
    for each in due_times(rule, begin - MINUTE):
        if each >= end:
            return
        yield each


def custom(crontab: str, zone: str, start: datetime = BEGIN) -> Rule:
    return Rule(interval="custom", start=start, zone=zone, crontab=crontab)


def some(values: frozenset[int], most: int) -> st.SearchStrategy[frozenset[int]]:
    few = st.frozensets(st.sampled_from(sorted(values)), min_size=1, max_size=most)
    return st.one_of(few, st.just(values))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "times",
    [
        (frozenset({0, 15, 30, 45}), EVERY_HOUR, EVERY_DAY, EVERY_WEEKDAY),
        (frozenset({15, 45}), frozenset({0, 1, 2, 3, 23}), EVERY_DAY, EVERY_WEEKDAY),
        (frozenset({30}), frozenset({2}), frozenset({1, 29}), frozenset({0})),
    ],
)
def test_two_years_of_due_times_are_those_of_the_wall_clock(zone: str, times: Times) -> None:
    found = list(between(custom(written(times), zone), BEGIN, END))
    assert found == sorted(oracle(times, zone, BEGIN, END, 15))


CHANGES = (
    *(datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),  # New York
    *(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)),  # Berlin
    *(datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)),  # Lord Howe
    *(datetime(2026, 9, 26, tzinfo=UTC), datetime(2026, 9, 6, tzinfo=UTC)),  # Chatham, Santiago
)


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=st.one_of(
        st.sampled_from(CHANGES),
        st.integers(0, 728).map(lambda days: BEGIN + timedelta(days=days)),
    ),
    times=st.tuples(
        *(some(EVERY_MINUTE, 4), some(EVERY_HOUR, 6), some(EVERY_DAY, 9), some(EVERY_WEEKDAY, 3))
    ),
)
@example(
    zone="America/New_York",
    day=datetime(2026, 3, 8, tzinfo=UTC),
    times=(frozenset({30}), frozenset({2}), EVERY_DAY, EVERY_WEEKDAY),
)
def test_any_crontab_around_any_day_is_due_when_the_wall_clock_says(
    zone: str, day: datetime, times: Times
) -> None:
    begin, end = day - timedelta(days=1), day + timedelta(days=2)
    found = list(between(custom(written(times), zone, begin), begin, end))
    assert found == sorted(oracle(times, zone, begin, end, 1))


def test_a_skipped_time_is_due_once_after_the_gap_and_a_repeated_one_the_first_time() -> None:
    gap = custom("30 1,2 8 3 *", "America/New_York")
    assert [f"{each:%m-%d %H:%M}" for each in between(gap, BEGIN, END)][:2] == [
        "03-08 06:30",
        "03-08 07:00",
    ]
    fold = custom("30 1 1 11 *", "America/New_York")
    assert [f"{each:%Y %H:%M}" for each in between(fold, BEGIN, END)] == [
        "2026 05:30",
        "2027 05:30",
    ]


@pytest.mark.parametrize(
    ("interval", "first"),
    [
        ("hourly", ["11-02 14:20", "11-02 15:20"]),
        ("daily", ["11-02 14:20", "11-03 14:20"]),
        ("weekly", ["11-02 14:20", "11-09 14:20"]),
    ],
)
def test_the_plain_words_follow_the_wall_clock_from_the_start_on(
    interval: str, first: list[str]
) -> None:
    start = datetime(2026, 11, 2, 9, 20, tzinfo=ZoneInfo("America/New_York"))
    rule = Rule(interval=interval, start=start, zone="America/New_York")
    assert [f"{each:%m-%d %H:%M}" for each in islice(due_times(rule, BEGIN), 2)] == first
    summer = datetime(2027, 6, 7, tzinfo=UTC)
    assert next(due_times(rule, summer)).minute == 20
    if interval != "hourly":
        assert next(due_times(rule, summer)).hour == 13


def test_once_is_due_once_to_the_second_and_never_again() -> None:
    start = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    rule = Rule(interval="future", start=start, zone="Europe/Berlin")
    assert list(due_times(rule, BEGIN)) == [start]
    assert list(due_times(rule, start)) == []


def test_the_29th_of_february_is_waited_for() -> None:
    rule = custom("0 0 29 2 *", "UTC", datetime(2096, 3, 1, tzinfo=UTC))
    assert next(due_times(rule, BEGIN)) == datetime(2104, 2, 29, tzinfo=UTC)


def test_the_end_of_the_calendar_ends_it() -> None:
    rule = custom("0 0 * * *", "UTC")
    assert list(due_times(rule, datetime(9999, 12, 30, tzinfo=UTC))) == []
