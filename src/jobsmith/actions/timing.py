"""When something shall run, as somebody asked for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from jobsmith.errors import ScheduleRefused
from jobsmith.models import ScheduledJob
from jobsmith.recurrence import BadRule, Crontab, Rrule, Rule, due_times

Interval, Misfire = ScheduledJob.Interval, ScheduledJob.Misfire
Overlap, Blackout = ScheduledJob.Overlap, ScheduledJob.Blackout

LEAD = timedelta(seconds=15)
"""A start may not be nearer than this."""
UNNAMED = "Please provide a name for the job schedule."
PAST = "Please enter a valid date and time greater than or equal to the current date and time."
NEVER = "It would never be due."
NO_MOMENT = "Please enter a valid date and time."
ENDS_FIRST = "It would not be due any more before its end."
MOST_FAILURES = 1000
MOST_JITTER = 24 * 60 * 60
MOST_CALENDARS = 50
MOST_MINUTES = 366 * 24 * 60
ONE_OF = "Give one of crontab, every_minutes and rrule."
_LONGEST_NAME, _LONGEST_CRONTAB = 255, 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When to run, read and checked."""

    name: str
    interval: str
    rule: Rule
    misfire: str = Misfire.RUN_ONCE
    overlap: str = Overlap.ALLOW
    pause_after_failures: int = 0
    jitter_seconds: int = 0
    blackout: str = Blackout.SKIP
    blackout_calendars: tuple[str, ...] = ()
    """By name or id."""


def read_timing(
    asked: Mapping[str, object], *, current: ScheduledJob | None = None
) -> Timing | None:
    """Read ``interval``, ``name``, ``start_time``, ``end_time``, ``crontab``, ``every_minutes``,
    ``rrule``, ``time_zone``, ``misfire``, ``overlap``, ``pause_after_failures``,
    ``jitter_seconds``, ``blackout`` and ``blackout_calendars``.

    None is a run at once. The start of ``current`` may stay. A time without an offset is one of
    the zone. Raises ScheduleRefused.
    """
    interval = _choice(asked, "interval", Interval.values)
    zone, name = _zone(asked), _text(asked, "name", _LONGEST_NAME)
    misfire = _choice(asked, "misfire", Misfire.values, Misfire.RUN_ONCE)
    overlap = _choice(asked, "overlap", Overlap.values, Overlap.ALLOW)
    blackout = _choice(asked, "blackout", Blackout.values, Blackout.SKIP)
    jitter, calendars = _count(asked, "jitter_seconds", MOST_JITTER), _calendars(asked)
    failures, end = _count(asked, "pause_after_failures", MOST_FAILURES), _end(asked, zone)
    forms = _forms(asked)
    if interval == Interval.IMMEDIATELY:
        _refuse_unreadable_start(asked, zone)
        return None
    if not name:
        raise ScheduleRefused({"name": [UNNAMED]})
    stays = current.start_time.replace(microsecond=0) if current else None
    rule = _rule(asked, interval, zone, stays, forms)
    first = _first(rule, end)
    start = rule.start if asked.get("start_time") else first
    return Timing(
        name=name,
        interval=interval,
        rule=replace(rule, start=start, end=end),
        misfire=misfire,
        overlap=overlap,
        pause_after_failures=failures,
        jitter_seconds=jitter,
        blackout=blackout,
        blackout_calendars=calendars,
    )


def _first(rule: Rule, end: datetime | None) -> datetime:
    first = next(due_times(rule, timezone.now()), None)
    if first is None:
        raise ScheduleRefused({"rrule" if rule.rrule else "crontab": [NEVER]})
    if end and first > end:
        raise ScheduleRefused({"end_time": [ENDS_FIRST]})
    return first


def repeats(schedule: ScheduledJob) -> str:
    """What it repeats by, in few words: its rule, or the word for its interval."""
    if schedule.every_minutes:
        return f"every {schedule.every_minutes:,} min"
    return schedule.crontab or schedule.rrule or schedule.interval


def end_told(schedule: ScheduledJob) -> str:
    """Why a schedule that repeats is not due any more, in a sentence."""
    if schedule.end_time is None:
        return ""
    end = schedule.end_time.astimezone(ZoneInfo(schedule.time_zone))
    return f"Nothing is due any more before its end, {end:%Y-%m-%d %H:%M} {schedule.time_zone}."


def rule_of(schedule: ScheduledJob) -> Rule:
    """When a schedule is due."""
    return Rule(
        interval=schedule.interval,
        start=schedule.start_time,
        zone=schedule.time_zone,
        crontab=schedule.crontab,
        every=schedule.every_minutes,
        rrule=schedule.rrule,
        end=schedule.end_time,
    )


def _text(asked: Mapping[str, object], name: str, longest: int) -> str:
    value = asked.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value:
        raise ScheduleRefused({name: ["Not a valid string."]})
    if len(value) > longest:
        sentence = f"Ensure this field has no more than {longest} characters."
        raise ScheduleRefused({name: [sentence]})
    return value.strip() if name != "crontab" else value


def _choice(
    asked: Mapping[str, object], name: str, known: list[str], default: str | None = None
) -> str:
    value = asked.get(name)
    if value in (None, ""):
        if default is None:
            raise ScheduleRefused({name: ["This field is required."]})
        return default
    if value not in known:
        raise ScheduleRefused({name: [f'"{value!s:.100}" is not a valid choice.']})
    return str(value)


def _zone(asked: Mapping[str, object]) -> str:
    name = _text(asked, "time_zone", 63) or settings.TIME_ZONE
    if name not in available_timezones():
        sentence = f'"{name}" is no time zone. Name one as in Europe/Berlin.'
        raise ScheduleRefused({"time_zone": [sentence]})
    return name


def _forms(asked: Mapping[str, object]) -> tuple[str, str, int]:
    """The three forms of custom; where they do not count they must still be what they say."""
    crontab, rrule = (_text(asked, name, _LONGEST_CRONTAB) for name in ("crontab", "rrule"))
    return crontab, rrule, _count(asked, "every_minutes", MOST_MINUTES)


def _rule(
    asked: Mapping[str, object],
    interval: str,
    zone: str,
    stays: datetime | None,
    forms: tuple[str, str, int],
) -> Rule:
    """When it is due; what is custom has one of three forms."""
    if interval != Interval.CUSTOM:
        start = _start(asked, zone, stays, required=True)
        return Rule(interval=interval, start=start, zone=zone)
    crontab, rrule, every = forms
    if sum(map(bool, (crontab, rrule, every))) > 1:
        raise ScheduleRefused({"crontab": [ONE_OF]})
    start = _start(asked, zone, stays, required=bool(rrule))
    try:
        if rrule:
            Rrule.parse(rrule, start.astimezone(ZoneInfo(zone)))
        elif not every:
            Crontab.parse(crontab)
    except BadRule as error:
        raise ScheduleRefused({"rrule" if rrule else "crontab": [str(error)]}) from error
    return Rule(
        interval=interval, start=start, zone=zone, crontab=crontab, every=every, rrule=rrule
    )


def _calendars(asked: Mapping[str, object]) -> tuple[str, ...]:
    names = asked.get("blackout_calendars")
    if names is None:
        return ()
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise ScheduleRefused({"blackout_calendars": ["Expected a list of names."]})
    if len(names) > MOST_CALENDARS:
        said = f"A schedule keeps to {MOST_CALENDARS} calendars at most."
        raise ScheduleRefused({"blackout_calendars": [said]})
    for each in names:
        if not 0 < len(each) <= _LONGEST_NAME:
            raise no_calendar(each)
    return tuple(names)


def no_calendar(name: str) -> ScheduleRefused:
    """What is said of a calendar that there is not, or that is out of sight."""
    return ScheduleRefused({"blackout_calendars": [f'There is no calendar "{name:.100}".']})


def _refuse_unreadable_start(asked: Mapping[str, object], zone: str) -> None:
    """What a run at once does not need must still be what it says it is."""
    value = asked.get("start_time")
    if value not in (None, "") and _moment(value, ZoneInfo(zone)) is None:
        raise ScheduleRefused({"start_time": [PAST]})


def _start(
    asked: Mapping[str, object], zone: str, stays: datetime | None, *, required: bool
) -> datetime:
    value, now = asked.get("start_time"), timezone.now()
    if value in (None, "") and not required:
        return now.replace(second=0, microsecond=0) if asked.get("every_minutes") else now
    start = _moment(value, ZoneInfo(zone))
    if start is None or (start < now + LEAD and start != stays):
        raise ScheduleRefused({"start_time": [PAST]})
    return start


def _end(asked: Mapping[str, object], zone: str) -> datetime | None:
    value = asked.get("end_time")
    if value in (None, ""):
        return None
    end = _moment(value, ZoneInfo(zone))
    if end is None:
        raise ScheduleRefused({"end_time": [NO_MOMENT]})
    return end


def _count(asked: Mapping[str, object], name: str, most: int) -> int:
    value = asked.get(name)
    if value in (None, ""):
        return 0
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) > most:
        raise ScheduleRefused({name: [f"Enter a whole number from 0 to {most:,}."]})
    return int(text)


def _moment(value: object, zone: tzinfo) -> datetime | None:
    if not isinstance(value, str | datetime):
        return None
    try:
        found = value if isinstance(value, datetime) else parse_datetime(value)
        if found is None:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
