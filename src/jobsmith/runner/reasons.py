"""Why a run waits: one sentence for each reason. They are written and taken back by `waiting`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

SOON = "A worker takes it within seconds."
NO_WORKER = "No worker is listening on the queue of this run."
DRAINING = "Every worker on the queue of this run is draining: resume one, or start another."
OUTDATED = "Every worker on the queue of this run is older than the database: restart them."
NO_CODE = "No worker has the code that this run recorded: restart the workers, or run it anew."

HEADS = (
    "The packages that its code",
    "A worker takes it",
    "No worker",
    "Every worker on",
    "Only one run of this job",
    "The limit of this job",
    "Runs of its schedule",
    "Its queue was paused",
    "Its queue is being drained",
    "All slots are busy",
    "It starts at",
    "It waits for its next attempt",
)
"""How the sentences of this module begin; others are nobody's to take back here."""
STEPS = (1000, 100, 10)
"""Above these a number is told roughly: the sentence shall not change with every run that ends."""


def paused(who: str, since: datetime | None) -> str:
    """Somebody has paused the queue."""
    when = f" since {_moment(since)}" if since else ""
    return f"Its queue was paused by {who[:100] or 'somebody'}: nothing is taken from it{when}."


def drained(who: str, since: datetime | None) -> str:
    """Somebody drains the queue, and the run came later."""
    when = f" since {_moment(since)}" if since else ""
    by = who[:100] or "somebody"
    return f"Its queue is being drained by {by}{when}: it waits until the queue is resumed."


def singleton(holder: UUID) -> str:
    """The job goes on elsewhere."""
    return f"Only one run of this job goes on at a time: it waits for run {holder}."


def in_turn(holder: UUID) -> str:
    """Another run of its schedule comes first."""
    return f"Runs of its schedule go one after the other: it waits for run {holder}."


def limited(limit: int, key: str, holders: Sequence[UUID]) -> str:
    """As many runs as may go on do so; the first of them is named."""
    runs = "1 run" if limit == 1 else f"{limit} runs"
    each = f" with the same {key[:50]}" if key else ""
    more = f" or {len(holders) - 1} more" if len(holders) > 1 else ""
    return f"The limit of this job is {runs}{each} at a time: it waits for run {holders[0]}{more}."


def busy(slots: int, ahead: int) -> str:
    """No slot is free, and so many runs come first whatever their age."""
    said = f"All slots are busy ({slots:,} of {slots:,})"
    if not ahead:
        return f"{said}: it waits for a free one."
    if ahead == 1:
        return f"{said}, and 1 run with higher priority comes first."
    return f"{said}, and {_roughly(ahead)} runs with higher priority come first."


def not_before(moment: datetime) -> str:
    """Its time has not come."""
    return f"It starts at {_moment(moment)} at the earliest."


def next_attempt(number: int, most: int, moment: datetime | None = None) -> str:
    """It failed, and is tried again."""
    at = f", at {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else ""
    return f"It waits for its next attempt, {number} of {most}{at}."


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _roughly(number: int) -> str:
    below = next((each for each in STEPS if number > each), 0)
    return f"more than {below:,}" if below else f"{number}"
