"""Rules as calendars write them (RFC 5545): on which days, and at what times of the day.

Only rules that recur daily or more rarely are known. Whether a day belongs to one is found without
walking through other days, so no rule takes long to ask, whatever it says.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .crontab import BadRule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LONGEST_STEP = {"DAILY": 3660, "WEEKLY": 520, "MONTHLY": 120, "YEARLY": 10}
"""By frequency: nothing waits longer than ten years for its next turn."""
MOST_TIMES = 1000
OFTEN = (
    "Use FREQ=DAILY, WEEKLY, MONTHLY or YEARLY. For what recurs more often, say every how many "
    "minutes, or give a crontab."
)
_DAY = timedelta(days=1)
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)


class BadRrule(BadRule):
    """What is wrong with a rule, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rrule:
    """A rule and the day that its intervals are counted from."""

    frequency: str
    interval: int
    start: date
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    months: frozenset[int]
    month_days: frozenset[int]
    year_days: frozenset[int]
    weekdays: frozenset[tuple[int, int]]
    """Which of them in its month or year, 0 for each; and the weekday, 0 for Monday."""
    positions: frozenset[int]
    week_start: int
    count: int
    """So many times in all; 0 without an end."""
    until: str

    @classmethod
    def parse(cls, text: str, start: datetime) -> "Rrule":
        """Read ``FREQ=MONTHLY;BYDAY=-1FR``; ``start`` by the wall clock fills in what it leaves
        out. Raises BadRrule."""
        given = _Given(text)
        frequency = given.word("FREQ", tuple(LONGEST_STEP), OFTEN)
        found = cls(
            frequency=frequency,
            interval=given.number("INTERVAL", 1, LONGEST_STEP[frequency], 1),
            start=start.date(),
            hours=given.numbers("BYHOUR", 0, 23) or (start.hour,),
            minutes=given.numbers("BYMINUTE", 0, 59) or (start.minute,),
            months=frozenset(given.numbers("BYMONTH", 1, 12)),
            month_days=frozenset(given.numbers("BYMONTHDAY", 1, 31, from_end=True)),
            year_days=frozenset(given.numbers("BYYEARDAY", 1, 366, from_end=True)),
            weekdays=given.weekdays(),
            positions=frozenset(given.numbers("BYSETPOS", 1, 366, from_end=True)),
            week_start=WEEKDAYS.index(given.word("WKST", WEEKDAYS, _said("WKST"), "MO")),
            count=given.number("COUNT", 1, MOST_TIMES, 0),
            until=given.moment("UNTIL"),
        )
        given.numbers("BYSECOND", 0, 0)
        given.refuse_rest()
        _refuse_misfits(found)
        return found._filled(start)

    @property
    def every_hour(self) -> bool:
        """It goes on through the whole day."""
        return len(self.hours) == 24

    def on(self, day: date) -> bool:
        """Whether it is due on that day at all."""
        if not self._in_turn(day) or not self._fits(day):
            return False
        return not self.positions or day in _picked(self, *self._period(day))

    def ends_after(self, zone: ZoneInfo) -> datetime | None:
        """The last moment at which it may be due; None without an end."""
        if not self.until:
            return None
        day, clock, is_utc = _read_moment(self.until)
        return datetime.combine(day, clock, UTC if is_utc else zone).astimezone(UTC)

    def _in_turn(self, day: date) -> bool:
        months = (day.year - self.start.year) * 12 + day.month - self.start.month
        turns: dict[str, Callable[[], int]] = {
            "DAILY": lambda: (day - self.start).days,
            "WEEKLY": lambda: (self._week(day) - self._week(self.start)).days // 7,
            "MONTHLY": lambda: months,
            "YEARLY": lambda: day.year - self.start.year,
        }
        return turns[self.frequency]() % self.interval == 0

    def _fits(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        length = monthrange(day.year, day.month)[1]
        if not _among(self.month_days, day.day, length):
            return False
        this, last = day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday
        if not _among(self.year_days, this, last):
            return False
        place, of = (this, last) if self._by_year else (day.day, length)
        return not self.weekdays or any(
            (number, day.weekday()) in self.weekdays
            for number in (0, (place - 1) // 7 + 1, -((of - place) // 7 + 1))
        )

    @property
    def _by_year(self) -> bool:
        """Whether weekdays are counted through the year, and not through the month."""
        return self.frequency == "YEARLY" and not self.months

    def _week(self, day: date) -> date:
        return day - _DAY * ((day.weekday() - self.week_start) % 7)

    def _period(self, day: date) -> tuple[date, date]:
        if self.frequency == "DAILY":
            return day, day
        if self.frequency == "WEEKLY":
            return self._week(day), self._week(day) + 6 * _DAY
        if self.frequency == "MONTHLY":
            return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        return date(day.year, 1, 1), date(day.year, 12, 31)

    def _filled(self, start: datetime) -> "Rrule":
        """Where nothing says which days, those of the start are meant."""
        if self.month_days or self.year_days or self.weekdays:
            return self
        changes: dict[str, dict[str, frozenset[int] | frozenset[tuple[int, int]]]] = {
            "DAILY": {},
            "WEEKLY": {"weekdays": frozenset({(0, start.weekday())})},
            "MONTHLY": {"month_days": frozenset({start.day})},
            "YEARLY": {
                "month_days": frozenset({start.day}),
                "months": self.months or frozenset({start.month}),
            },
        }
        values = {name: getattr(self, name) for name in self.__slots__}
        return Rrule(**{**values, **changes[self.frequency]})


class _Given:
    """The parts of a rule; each is taken once."""

    def __init__(self, text: str) -> None:
        parts = text.strip().removeprefix("RRULE:").removesuffix(";").upper().split(";")
        pairs = [part.partition("=") for part in parts]
        self._values = {name: value for name, _, value in pairs}
        if len(self._values) < len(pairs) or not all(name and value for name, _, value in pairs):
            raise BadRrule("Enter a rule such as FREQ=MONTHLY;BYDAY=-1FR.")

    def word(self, name: str, known: tuple[str, ...], sentence: str, default: str = "") -> str:
        value = self._values.pop(name, default)
        if value not in known:
            raise BadRrule(sentence)
        return value

    def number(self, name: str, low: int, high: int, default: int) -> int:
        found = self.numbers(name, low, high)
        if len(found) > 1:
            raise BadRrule(_said(name))
        return found[0] if found else default

    def numbers(self, name: str, low: int, high: int, *, from_end: bool = False) -> tuple[int, ...]:
        """In order; with ``from_end`` those below 0 count backwards."""
        text = self._values.pop(name, "")
        found = {_number(name, part) for part in text.split(",")} if text else set()
        for each in found:
            if not low <= (abs(each) if from_end else each) <= high:
                raise BadRrule(f"{name} takes {low} to {high}{_backwards(from_end)}.")
        return tuple(sorted(found))

    def weekdays(self) -> frozenset[tuple[int, int]]:
        text = self._values.pop("BYDAY", "")
        found = set()
        for part in text.split(",") if text else ():
            number, day = part[:-2], part[-2:]
            if day not in WEEKDAYS or (number and not 1 <= abs(_number("BYDAY", number)) <= 53):
                raise BadRrule(_said("BYDAY"))
            found.add((_number("BYDAY", number) if number else 0, WEEKDAYS.index(day)))
        return frozenset(found)

    def moment(self, name: str) -> str:
        text = self._values.pop(name, "")
        if text:
            _read_moment(text)
        return text

    def refuse_rest(self) -> None:
        if self._values:
            raise BadRrule(f"{min(self._values):.20} is not known here.")


@lru_cache(maxsize=64)
def _picked(rule: Rrule, first: date, last: date) -> frozenset[date]:
    """Days of one period at the positions that the rule names."""
    days = [first + number * _DAY for number in range((last - first).days + 1)]
    fitting = [day for day in days if rule._fits(day)]
    return frozenset(
        fitting[position - (position > 0)]
        for position in rule.positions
        if abs(position) <= len(fitting)
    )


def _refuse_misfits(rule: Rrule) -> None:
    frequency, numbered = rule.frequency, {number for number, _ in rule.weekdays}
    rarely = frequency in ("MONTHLY", "YEARLY")
    refused = {
        "Give COUNT or UNTIL, not both.": rule.count and rule.until,
        "BYMONTHDAY does not go with FREQ=WEEKLY.": rule.month_days and frequency == "WEEKLY",
        "BYYEARDAY goes with FREQ=YEARLY only.": rule.year_days and frequency != "YEARLY",
        "BYDAY has numbers with FREQ=MONTHLY and YEARLY only.": numbered - {0} and not rarely,
        "Give numbers with all weekdays of BYDAY, or with none.": len(numbered) > 1
        and 0 in numbered,
        "BYSETPOS needs a BYDAY, BYMONTHDAY or BYYEARDAY, and one time of day.": rule.positions
        and (
            not (rule.weekdays or rule.month_days or rule.year_days)
            or len(rule.hours) * len(rule.minutes) > 1
        ),
    }
    for sentence, is_wrong in refused.items():
        if is_wrong:
            raise BadRrule(sentence)


def _among(numbers: Collection[int], place: int, of: int) -> bool:
    """Whether one of the numbers is that place, from the front or from the end; none is all."""
    return not numbers or place in numbers or place - of - 1 in numbers


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,4}", text, re.ASCII):
        raise BadRrule(_said(name))
    return int(text)


def _read_moment(text: str) -> tuple[date, time, bool]:
    found = _MOMENT.fullmatch(text)
    try:
        if not found:
            raise ValueError
        day = datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date()
        clock = time.fromisoformat(found[2] or "235959")
    except ValueError as error:
        raise BadRrule("UNTIL is a date or a time such as 20301231T180000Z.") from error
    return day, clock, bool(found[3])


def _said(name: str) -> str:
    return f"{name} is not what it may be."


def _backwards(from_end: bool) -> str:
    return ", below 0 from the end" if from_end else ""
