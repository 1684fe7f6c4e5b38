"""How many workers listen on each queue, for the display of queues."""

from collections import Counter

from jobsmith import policies
from jobsmith.models import Worker
from jobsmith.policies import Actor


def listening(user: Actor) -> Counter[str]:
    """Live workers by queue name; one query."""
    return Counter(name for queues in _queues_of_live(user) for name in queues)


def count_live(user: Actor) -> int:
    """Live workers."""
    return len(_queues_of_live(user))


def _queues_of_live(user: Actor) -> list[list[str]]:
    alive = policies.workers(user).alive().filter(kind=Worker.Kind.WORKER)
    return list(alive.values_list("queues", flat=True))
