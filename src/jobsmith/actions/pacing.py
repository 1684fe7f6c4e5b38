"""When the runs of a schedule start, which may be later than they are due, or never."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from jobsmith import policies
from jobsmith.inputs.objects import as_key
from jobsmith.models import BlackoutCalendar, ScheduledJob
from jobsmith.policies import Actor
from jobsmith.recurrence import Blackout, Fate, Pace, Window, due_times, fate_of

from .relating import whole_lists
from .timing import no_calendar, rule_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A due time that has not come, and what will become of it as everything stands."""

    due: datetime
    fate: Fate


def pace_of(schedule: ScheduledJob) -> Pace:
    """What puts its runs off; raises BadWindow for a calendar that was written past its action."""
    return Pace(
        seed=str(schedule.pk),
        jitter=schedule.jitter_seconds,
        blackouts=tuple(map(blackout_of, schedule.blackout_calendars.all())),
        holds=schedule.blackout == ScheduledJob.Blackout.RUN_AFTER,
    )


def blackout_of(calendar: BlackoutCalendar) -> Blackout:
    """The windows of a calendar; raises BadWindow."""
    windows = tuple(Window.parse(str(each)) for each in calendar.windows)
    return Blackout(name=calendar.name, zone=calendar.time_zone, windows=windows)


def upcoming(schedule: ScheduledJob, count: int) -> list[Coming]:
    """When it is due next, so many times; nothing while it stands still."""
    if not schedule.enabled or schedule.next_due_at is None:
        return []
    before, pace = schedule.next_due_at - timedelta(microseconds=1), pace_of(schedule)
    times = islice(due_times(rule_of(schedule), before), count + 1)
    pairs = islice(pairwise(chain(times, [None])), count)
    return [Coming(due=due, fate=fate_of(pace, due, following)) for due, following in pairs if due]


def calendars_of(named: Iterable[str], user: Actor) -> list[BlackoutCalendar]:
    """Those with these names or ids, among those in sight; raises ScheduleRefused."""
    rows = policies.viewable(BlackoutCalendar, user)
    found = {text: rows.filter(name=text).first() or _by_key(rows, text) for text in named}
    unknown = [text for text, calendar in found.items() if calendar is None]
    if unknown:
        raise no_calendar(unknown[0])
    return [calendar for calendar in found.values() if calendar is not None]


def keep_to(schedule: ScheduledJob, named: Iterable[str], user: Actor) -> None:
    """Have it keep to just these calendars, and to those that the user cannot see."""
    given = {"blackout_calendars": calendars_of(named, user)}
    whole = whole_lists(schedule, given, user)
    schedule.blackout_calendars.set(whole["blackout_calendars"])


def _by_key(rows: QuerySet[BlackoutCalendar], text: str) -> BlackoutCalendar | None:
    try:
        return rows.filter(pk=as_key(BlackoutCalendar, text)).first()
    except ValidationError:
        return None
