"""Create, edit and delete a calendar of blackouts."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from jobsmith import policies
from jobsmith.errors import InputsRefused, StillNeeded
from jobsmith.models import BlackoutCalendar, ScheduledJob
from jobsmith.policies import Actor
from jobsmith.recurrence import FORMS, BadWindow, Window

from .delete_record import delete_record
from .save_record import create_record, update_record
from .stale import Seen
from .transactions import changes

MOST_WINDOWS, LONGEST = 200, 100


def create_calendar(*, user: Actor, values: Mapping[str, Any]) -> BlackoutCalendar:
    """As `create_record`; InputsRefused also for windows or a time zone that are none."""
    policies.require(user, "add", BlackoutCalendar)
    _check(values)
    return create_record(BlackoutCalendar, user=user, values=values)


def update_calendar(
    calendar: BlackoutCalendar, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> BlackoutCalendar:
    """As `update_record`, with the checks of `create_calendar`. What it holds is looked at anew."""
    policies.require_on(user, "change", calendar)
    _check(values)
    with changes():
        saved = update_record(calendar, user=user, values=values, seen=seen)
        ScheduledJob.objects.filter(blackout_calendars=saved).update(held_until=None)
    return saved


def delete_calendar(calendar: BlackoutCalendar, *, user: Actor) -> None:
    """As `delete_record`; StillNeeded while schedules name it, as they would run in its windows."""
    policies.require_on(user, "delete", calendar)
    with changes():
        count = calendar.scheduled_jobs.count()
        if count:
            raise StillNeeded(f"{count:,} schedule{'s' if count > 1 else ''} keep to it.")
        delete_record(calendar, user=user)


def _check(values: Mapping[str, Any]) -> None:
    zone, windows = values.get("time_zone"), values.get("windows", [])
    if zone is not None and zone not in available_timezones():
        said = f'"{zone!s:.63}" is no time zone. Name one as in Europe/Berlin.'
        raise InputsRefused({"time_zone": [said]})
    if not isinstance(windows, list) or not all(isinstance(each, str) for each in windows):
        raise InputsRefused({"windows": [FORMS]})
    if len(windows) > MOST_WINDOWS or any(len(each) > LONGEST for each in windows):
        said = f"A calendar has {MOST_WINDOWS} windows of {LONGEST} characters at most."
        raise InputsRefused({"windows": [said]})
    try:
        for each in windows:
            Window.parse(each)
    except BadWindow as error:
        raise InputsRefused({"windows": [str(error)]}) from error
