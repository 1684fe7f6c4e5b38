"""Pause a queue, drain it, and have it go on."""

from django.db import transaction
from django.utils import timezone

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.engines import engine
from jobsmith.models import JobQueue
from jobsmith.policies import Actor

from .transactions import changes, held

State = JobQueue.State


def pause_queue(queue: JobQueue, *, user: Actor) -> JobQueue:
    """Take nothing from it until it is resumed; runs are accepted and wait. What runs goes on.

    Raises NotAllowed, NotFound or Busy.
    """
    return _put(queue, State.PAUSED, user)


def drain_queue(queue: JobQueue, *, user: Actor) -> JobQueue:
    """Refuse runs that people ask for until it is resumed; what waits in it is still taken.

    What nobody asks for by hand, such as due times, is accepted and waits until then.

    Raises NotAllowed, NotFound or Busy.
    """
    return _put(queue, State.DRAINING, user)


def resume_queue(queue: JobQueue, *, user: Actor) -> JobQueue:
    """Accept runs and have them taken again. Raises NotAllowed, NotFound or Busy."""
    return _put(queue, State.ACTIVE, user)


def _put(queue: JobQueue, state: str, user: Actor) -> JobQueue:
    policies.require_on(user, "change", queue)
    with changes():
        locked = held(queue)
        if locked.state == state:
            return locked
        before = snapshot(locked)
        locked.state, locked.state_since = state, timezone.now()
        locked.state_by = "" if state == State.ACTIVE else str(user.get_username())[:150]
        locked.save()
        note_change(locked, user=user, before=before)
        transaction.on_commit(lambda: engine().hint(()))
    return locked
