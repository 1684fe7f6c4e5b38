"""Create or edit a queue that somebody can take runs from."""

from collections.abc import Mapping
from typing import Any

from jobsmith.engines import serves
from jobsmith.errors import InputsRefused
from jobsmith.models import JobQueue
from jobsmith.policies import Actor

from .save_record import create_record, update_record
from .stale import Seen

UNSERVED = "No engine of this server takes runs from Kubernetes: choose celery, a worker."


def create_queue(*, user: Actor, values: Mapping[str, Any]) -> JobQueue:
    """As `create_record`; InputsRefused also for a type that no engine serves."""
    _refuse_unserved(values.get("queue_type", JobQueue.Type.CELERY))
    return create_record(JobQueue, user=user, values=values)


def update_queue(
    queue: JobQueue, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> JobQueue:
    """As `update_record`, with the check of `create_queue`; a type that it has already stays."""
    if values.get("queue_type", queue.queue_type) != queue.queue_type:
        _refuse_unserved(values["queue_type"])
    return update_record(queue, user=user, values=values, seen=seen)


def _refuse_unserved(kind: str) -> None:
    if kind in JobQueue.Type.values and not serves(kind):
        raise InputsRefused({"queue_type": [UNSERVED]})
