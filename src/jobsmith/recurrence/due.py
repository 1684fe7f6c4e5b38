"""Due times by the wall clock of a zone.

A time that the clock skips is due at the first instant after the gap. A time that it shows twice
is due at the first of the two; what is due in every hour goes on through both. What is due every
so many minutes goes by elapsed time instead: no clock that is put forward or back changes it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice, takewhile
from typing import Protocol
from zoneinfo import ZoneInfo

from .crontab import Crontab
from .rrule import Rrule

HORIZON = timedelta(days=366 * 9)
"""29 February may be eight years away."""
RULED = timedelta(days=366 * 40)
"""A rule may want it on a Monday; what is not due in this time is over."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When something is due; ``interval`` is one of the words of a schedule."""

    interval: str
    start: datetime
    """Nothing is due before."""
    zone: str
    crontab: str = ""
    """Of the interval ``custom``, which may have one of the next two instead."""
    every: int = 0
    """So many minutes from due time to due time, counted from the start."""
    rrule: str = ""
    end: datetime | None = None
    """Nothing is due after it."""


def due_times(rule: Rule, after: datetime) -> Iterator[datetime]:
    """Due times later than ``after``, in order, in UTC; raises BadRule for a crontab or a rule that
    is none."""
    end, found = rule.end, _endless(rule, after)
    return found if end is None else takewhile(lambda due: due <= end, found)


def _endless(rule: Rule, after: datetime) -> Iterator[datetime]:
    if rule.interval in ("future", "immediately"):
        return iter([rule.start.astimezone(UTC)] if rule.start > after else [])
    if rule.every:
        return _elapsed(rule, after)
    zone = ZoneInfo(rule.zone)
    start = rule.start.astimezone(zone)
    if rule.rrule:
        return _ruled(rule, Rrule.parse(rule.rrule, start), zone, after)
    return _instants(_crontab(rule, start), zone, max(after, _before(rule)))


def _before(rule: Rule) -> datetime:
    return rule.start - timedelta(microseconds=1)


def _elapsed(rule: Rule, after: datetime) -> Iterator[datetime]:
    start, step = rule.start.astimezone(UTC), timedelta(minutes=rule.every)
    with suppress(OverflowError):  # time itself ends
        for number in count(max(0, (after - start) // step + 1)):
            yield start + number * step


def _ruled(rule: Rule, rrule: Rrule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """What is counted is counted from the start."""
    if rrule.count:
        counted = islice(_instants(rrule, zone, _before(rule), RULED), rrule.count)
        return (each for each in counted if each > after)
    found = _instants(rrule, zone, max(after, _before(rule)), RULED)
    last = rrule.ends_after(zone)
    return found if last is None else takewhile(lambda due: due <= last, found)


def _crontab(rule: Rule, start: datetime) -> Crontab:
    written = {
        "hourly": f"{start.minute} * * * *",
        "daily": f"{start.minute} {start.hour} * * *",
        "weekly": f"{start.minute} {start.hour} * * {start.isoweekday() % 7}",
    }
    return Crontab.parse(written.get(rule.interval, rule.crontab))


class Days(Protocol):
    """Which days, and at what times of them."""

    @property
    def hours(self) -> tuple[int, ...]:
        """In order."""

    @property
    def minutes(self) -> tuple[int, ...]:
        """Of each of the hours, in order."""

    @property
    def every_hour(self) -> bool:
        """It goes on through the whole day."""

    def on(self, day: date) -> bool:
        """Whether that day is one of them."""


def _instants(
    crontab: Days, zone: ZoneInfo, after: datetime, horizon: timedelta = HORIZON
) -> Iterator[datetime]:
    local = after.astimezone(zone)
    day, last = local.date(), min(local.date(), date.max - horizon) + horizon
    while day < last:
        if crontab.on(day):
            yield from (each for each in _of_day(crontab, zone, day, after) if each > after)
        day += _DAY


def _of_day(crontab: Days, zone: ZoneInfo, day: date, after: datetime) -> Iterator[datetime]:
    offset = _steady_offset(zone, day)
    if offset is None:
        yield from sorted(set(_of_odd_day(crontab, zone, day)))
        return
    begun = after.astimezone(zone)
    first = begun.hour if begun.date() == day else 0
    midnight = datetime.combine(day, time(), UTC) - offset
    for hour in crontab.hours:
        if hour >= first:
            for minute in crontab.minutes:
                yield midnight + timedelta(hours=hour, minutes=minute)


def _steady_offset(zone: ZoneInfo, day: date) -> timedelta | None:
    """The offset of the whole day; None when the clock is put forward or back in it."""
    morning = datetime.combine(day, time(), zone).utcoffset()
    night = datetime.combine(day, time(23, 59, 59), zone).replace(fold=1).utcoffset()
    return morning if morning == night else None


def _of_odd_day(crontab: Days, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    for hour in crontab.hours:
        for minute in crontab.minutes:
            wall = datetime.combine(day, time(hour, minute), zone)
            early, late = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
            if early > late:  # the order tells a gap from a time that comes twice
                yield _end_of_gap(zone, late, early)
                continue
            yield early
            if crontab.every_hour:
                yield late


def _end_of_gap(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second with the offset of ``after``, found by halving."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
