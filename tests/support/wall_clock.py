"""An oracle of due times that only walks through time, and knows nothing of crontabs or offsets."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = (
    *("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"),
    "Pacific/Chatham",
)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)

Times = tuple[frozenset[int], frozenset[int], frozenset[int], frozenset[int]]
"""Minutes, hours, days of the month, days of the week (0 is Sunday)."""
EVERY_MINUTE, EVERY_HOUR = frozenset(range(60)), frozenset(range(24))
EVERY_DAY, EVERY_WEEKDAY = frozenset(range(1, 32)), frozenset(range(7))


def oracle(times: Times, zone: str, begin: datetime, end: datetime, step: int) -> set[datetime]:
    """Every instant at which the wall shows, for the first time, or skips, what is asked for."""
    minutes, hours, days, weekdays = times
    either = days != EVERY_DAY and weekdays != EVERY_WEEKDAY

    def asked(wall: datetime) -> bool:
        day, weekday = wall.day in days, (wall.weekday() + 1) % 7 in weekdays
        if not (day or weekday if either else day and weekday):
            return False
        return wall.minute in minutes and wall.hour in hours

    found = set()
    at, width = begin, timedelta(minutes=step)
    wall = (at - width).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    highest = (at - timedelta(hours=3)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    while at < end:
        before, wall = wall, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        skipped = before + width
        while skipped < wall:
            if asked(skipped):
                found.add(at)
            skipped += width
        repeated = wall <= highest and len(hours) < 24
        if asked(wall) and not repeated:
            found.add(at)
        highest = max(highest, wall)
        at += width
    return found


def written(times: Times) -> str:
    minutes, hours, days, weekdays = (",".join(map(str, sorted(each))) for each in times)
    day = "*" if times[2] == EVERY_DAY else days
    return f"{minutes} {hours} {day} * {'*' if times[3] == EVERY_WEEKDAY else weekdays}"
