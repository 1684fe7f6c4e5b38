"""Which runs come first."""

from jobsmith import policies
from jobsmith.errors import NotAllowed, PriorityRefused
from jobsmith.models import Job
from jobsmith.policies import Actor

LOWEST, USUAL, HIGHEST = -100, 0, 100
BOUNDS = f"A priority is a whole number from {LOWEST} to {HIGHEST}."
AHEAD = "You may not run this job ahead of others: that takes the right to prioritize it."


def read_priority(value: object) -> int:
    """What was asked for as number or text, nothing for the usual; raises PriorityRefused."""
    if value is None or value == "":
        return USUAL
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        value = int(value) if len(value) < 10 else HIGHEST + 1
    if not isinstance(value, int) or isinstance(value, bool) or not LOWEST <= value <= HIGHEST:
        raise PriorityRefused(BOUNDS)
    return value


def may_come_first(job: Job, user: Actor) -> bool:
    """Whether the user may run the job ahead of others."""
    return policies.jobs(user, "prioritize").filter(pk=job.pk).exists()


def refuse_priority(job: Job, user: Actor, priority: int) -> None:
    """Raise PriorityRefused out of bounds, and NotAllowed above the usual without the right."""
    if not LOWEST <= priority <= HIGHEST:
        raise PriorityRefused(BOUNDS)
    if priority > USUAL and not may_come_first(job, user):
        raise NotAllowed(AHEAD)
