"""How many workers listen on each queue, for the display of queues."""

from collections import Counter

from jobsmith import policies
from jobsmith.engines import listening_workers
from jobsmith.policies import Actor


def listening(user: Actor) -> Counter[str]:
    """Live workers by queue name; one query."""
    return Counter(name for queues in _queues_of_live(user) for name in queues)


def count_live(user: Actor) -> int:
    """Live workers."""
    return len(_queues_of_live(user))


def _queues_of_live(user: Actor) -> list[list[str]]:
    return [worker.queues for worker in listening_workers(policies.workers(user))]
