"""What becomes of a due time: when its run starts, or why there is none.

The same for whoever asks, so that any number of schedulers agree.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from .blackout import MOST_HOPS, Blackout, in_force

SUPERSEDED = "a later due time came by then."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What may put off a run that is due."""

    seed: str = ""
    """Tells schedules apart, so that they are put off differently."""
    jitter: int = 0
    """Seconds at most."""
    blackouts: tuple[Blackout, ...] = ()
    holds: bool = False
    """What is due in a blackout runs after it, and is not skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Of one due time."""

    start: datetime | None
    """None means never."""
    why: str = ""
    """Why it is put off or does not run, in a sentence; jitter needs no reason."""


def fate_of(pace: Pace, due: datetime, following: datetime | None) -> Fate:
    """When the run of a due time starts; ``following`` is the due time after it.

    Jitter ends before the following due time, so the order stays. What is held until after a later
    due time has come is left to that one.
    """
    late = _jitter(pace, due, following)
    start, held = due + late, None
    for _ in range(MOST_HOPS):
        found = in_force(pace.blackouts, start)
        if found is None:
            break
        held, end = held or found[0], found[1]
        if not pace.holds:
            return Fate(start=None, why=f"In the blackout {held.name}.")
        start = end + late
    else:
        return Fate(start=None, why="Its blackouts do not end.")
    if held is None:
        return Fate(start=start)
    if following is not None and following <= start:
        return Fate(start=None, why=f"Held by the blackout {held.name}; {SUPERSEDED}")
    return Fate(start=start, why=f"Held by the blackout {held.name}.")


def _jitter(pace: Pace, due: datetime, following: datetime | None) -> timedelta:
    room = pace.jitter + 1
    if following is not None:
        room = max(1, min(room, int((following - due).total_seconds())))
    digest = hashlib.sha256(f"{pace.seed} {due.timestamp():.0f}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8], "big") % room)
