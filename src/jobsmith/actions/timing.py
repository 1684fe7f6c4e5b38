"""When something shall run, as somebody asked for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from jobsmith.errors import ScheduleRefused
from jobsmith.models import ScheduledJob
from jobsmith.recurrence import BadCrontab, Crontab, Rule, due_times

Interval, Misfire = ScheduledJob.Interval, ScheduledJob.Misfire
Overlap = ScheduledJob.Overlap

LEAD = timedelta(seconds=15)
"""A start may not be nearer than this."""
UNNAMED = "Please provide a name for the job schedule."
PAST = "Please enter a valid date and time greater than or equal to the current date and time."
NEVER = "It would never be due."
NO_MOMENT = "Please enter a valid date and time."
ENDS_FIRST = "It would not be due any more before its end."
MOST_FAILURES = 1000
NO_COUNT = f"Enter a whole number from 0 to {MOST_FAILURES:,}."
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


def read_timing(
    asked: Mapping[str, object], *, current: ScheduledJob | None = None
) -> Timing | None:
    """Read ``interval``, ``name``, ``start_time``, ``end_time``, ``crontab``, ``time_zone``,
    ``misfire``, ``overlap`` and ``pause_after_failures``.

    None stands for a run at once. What ``current`` has as its start may stay. A time without an
    offset is one of the zone. Raises ScheduleRefused naming what is wrong.
    """
    interval = _choice(asked, "interval", Interval.values)
    zone, name = _zone(asked), _text(asked, "name", _LONGEST_NAME)
    misfire = _choice(asked, "misfire", Misfire.values, Misfire.RUN_ONCE)
    overlap = _choice(asked, "overlap", Overlap.values, Overlap.ALLOW)
    failures, end = _count(asked, "pause_after_failures"), _end(asked, zone)
    if interval == Interval.IMMEDIATELY:
        _readable(asked, zone)
        return None
    if not name:
        raise ScheduleRefused({"name": [UNNAMED]})
    crontab = _crontab(asked) if interval == Interval.CUSTOM else ""
    stays = current.start_time.replace(microsecond=0) if current else None
    start = _start(asked, zone, stays, required=interval != Interval.CUSTOM)
    rule = Rule(interval=interval, start=start, zone=zone, crontab=crontab)
    first = next(due_times(rule, timezone.now()), None)
    if first is None:
        raise ScheduleRefused({"crontab": [NEVER]})
    if end and first > end:
        raise ScheduleRefused({"end_time": [ENDS_FIRST]})
    start = start if asked.get("start_time") else first
    return Timing(
        name=name,
        interval=interval,
        rule=replace(rule, start=start, end=end),
        misfire=misfire,
        overlap=overlap,
        pause_after_failures=failures,
    )


def upcoming(schedule: ScheduledJob, count: int) -> list[datetime]:
    """When it is due next, so many times; nothing while it stands still."""
    if not schedule.enabled or schedule.next_due_at is None:
        return []
    before = schedule.next_due_at - timedelta(microseconds=1)
    return list(islice(due_times(rule_of(schedule), before), count))


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


def _crontab(asked: Mapping[str, object]) -> str:
    text = _text(asked, "crontab", _LONGEST_CRONTAB)
    try:
        Crontab.parse(text)
    except BadCrontab as error:
        raise ScheduleRefused({"crontab": [str(error)]}) from error
    return text


def _readable(asked: Mapping[str, object], zone: str) -> None:
    """What a run at once does not need must still be what it says it is."""
    _text(asked, "crontab", _LONGEST_CRONTAB)
    value = asked.get("start_time")
    if value not in (None, "") and _moment(value, ZoneInfo(zone)) is None:
        raise ScheduleRefused({"start_time": [PAST]})


def _start(
    asked: Mapping[str, object], zone: str, stays: datetime | None, *, required: bool
) -> datetime:
    value, now = asked.get("start_time"), timezone.now()
    if value in (None, "") and not required:
        return now
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


def _count(asked: Mapping[str, object], name: str) -> int:
    value = asked.get(name)
    if value in (None, ""):
        return 0
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch("[0-9]{1,4}", text) or int(text) > MOST_FAILURES:
        raise ScheduleRefused({name: [NO_COUNT]})
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
