"""The five fields of a crontab."""

from dataclasses import dataclass
from datetime import date

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FIVE = "Enter five fields with one space between them: minute, hour, day, month and weekday."


class BadRule(ValueError):
    """Why something says no times, in a sentence."""


class BadCrontab(BadRule):
    """What is wrong with a crontab, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    """The first one stands for ``low``."""


_FIELDS = (
    _Field(name="minute", low=0, high=59),
    _Field(name="hour", low=0, high=23),
    _Field(name="day", low=1, high=31),
    _Field(name="month", low=1, high=12, names=tuple(_MONTHS)),
    _Field(name="weekday", low=0, high=7, names=tuple(_DAYS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crontab:
    """Which minutes of which days; lists, ranges, steps and names as in crontab(5)."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool
    """Both day and weekday are given: then one of them is enough."""

    @classmethod
    def parse(cls, text: str) -> "Crontab":
        """Read the five fields; raises BadCrontab."""
        parts = text.split(" ")
        if len(parts) != len(_FIELDS) or not all(parts):
            raise BadCrontab(FIVE)
        minutes, hours, days, months, weekdays = map(_values, _FIELDS, parts)
        found = cls(
            minutes=tuple(sorted(minutes)),
            hours=tuple(sorted(hours)),
            days=frozenset(days),
            months=frozenset(months),
            weekdays=frozenset(each % 7 for each in weekdays),
            either=not parts[2].startswith("*") and not parts[4].startswith("*"),
        )
        if not found._ever():
            raise BadCrontab("No month has that day.")
        return found

    @property
    def every_hour(self) -> bool:
        """It goes on through the whole day."""
        return len(self.hours) == 24

    def on(self, day: date) -> bool:
        """Whether it is due on that day at all."""
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_day or by_weekday if self.either else by_day and by_weekday

    def _ever(self) -> bool:
        longest = max(_LONGEST[month - 1] for month in self.months)
        return self.either or min(self.days) <= longest


def _values(field: _Field, text: str) -> set[int]:
    return {value for part in text.split(",") for value in _part(field, part)}


def _part(field: _Field, text: str) -> range:
    span, slash, step = text.partition("/")
    if slash and not (_is_number(step) and int(step)):
        raise BadCrontab(f'"{text:.50}" is no {field.name}: a step is a number above 0.')
    if span == "*":
        first, last = field.low, field.high - (field.name == "weekday")
    else:
        start, dash, end = span.partition("-")
        first = _number(field, start, text)
        alone = field.high if slash else first
        last = _number(field, end, text) if dash else alone
    if last < first:
        raise BadCrontab(f'"{text:.50}" is no {field.name}: the range ends before it begins.')
    return range(first, last + 1, int(step or 1))


def _number(field: _Field, text: str, whole: str) -> int:
    if text.lower() in field.names:
        return field.names.index(text.lower()) + field.low
    if not _is_number(text) or not field.low <= int(text) <= field.high:
        limits = f"use {field.low} to {field.high}"
        raise BadCrontab(f'"{whole:.50}" is no {field.name}: {limits}.')
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
