"""Blackouts: windows of time, by the wall clock of a zone, in which nothing shall start."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .crontab import BadRule

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE, _DAY, _WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(days=7)
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001
_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_EVERY = re.compile(rf"(daily|{'|'.join(_DAYS)}) {_CLOCK} to (?:({'|'.join(_DAYS)}) )?{_CLOCK}")
MOST_HOPS = 100
"""Windows that one after the other put something off; then it is put off for good."""
FORMS = (
    "Enter a window such as 2030-12-24 18:00 to 2031-01-02 06:00, fri 18:00 to mon 06:00, or "
    "daily 22:00 to 06:00."
)


class BadWindow(BadRule):
    """What is wrong with a window, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From one wall-clock time to another, once or again and again."""

    begin: datetime
    end: datetime
    period: timedelta | None = None
    """None is once."""

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read it in one of its forms; raises BadWindow."""
        words = " ".join(text.lower().split())
        if found := _EVERY.fullmatch(words):
            return cls._again(*found.groups())
        first, _, last = words.partition(" to ")
        try:
            begin, end = (datetime.fromisoformat(each) for each in (first, last))
        except ValueError as error:
            raise BadWindow(f'"{text:.60}" is no window. {FORMS}') from error
        if begin.tzinfo or end.tzinfo:
            raise BadWindow(f'"{text:.60}" has an offset: times are those of its time zone.')
        if end <= begin:
            raise BadWindow(f'"{text:.60}" ends before it begins.')
        return cls(begin=begin, end=end)

    @classmethod
    def _again(cls, day: str, hour: str, minute: str, last: str | None, *to: str) -> "Window":
        if (day == "daily") is not (last is None):
            raise BadWindow(FORMS)
        period = _DAY if last is None else _WEEK
        begin = _MONDAY + _clock(hour, minute) + _DAY * (0 if last is None else _DAYS.index(day))
        end = _MONDAY + _clock(*to) + _DAY * (0 if last is None else _DAYS.index(last))
        if begin == end:
            raise BadWindow("A window ends at another time than it begins.")
        return cls(begin=begin, end=end if end > begin else end + period, period=period)

    def end_of(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When it ends, where the moment is in it; else None."""
        wall = moment.astimezone(zone)
        naive = wall.replace(tzinfo=None, fold=0)
        turns = (naive - self.begin) // self.period if self.period else 0
        shift = self.period * turns if self.period else timedelta(0)
        if not self.begin + shift <= naive < self.end + shift:
            return None
        end = (self.end + shift).replace(tzinfo=zone)
        found = end.astimezone(UTC)
        return found if found > moment else end.replace(fold=1).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """The windows of one calendar."""

    name: str
    zone: str
    windows: tuple[Window, ...]

    def end_of(self, moment: datetime) -> datetime | None:
        """The end of the window that the moment is in; None where it is in none."""
        zone = ZoneInfo(self.zone)
        ends = (each.end_of(moment, zone) for each in self.windows)
        return max((end for end in ends if end is not None), default=None)


def in_force(blackouts: Iterable[Blackout], moment: datetime) -> tuple[Blackout, datetime] | None:
    """The blackout that the moment is in, and when that ends."""
    for each in blackouts:
        if (end := each.end_of(moment)) is not None:
            return each, end
    return None


def _clock(hour: str, minute: str) -> timedelta:
    return timedelta(hours=int(hour), minutes=int(minute))
