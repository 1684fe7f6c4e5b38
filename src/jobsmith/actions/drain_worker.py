"""Have a worker take no more runs, and have it take them again."""

from django.db import transaction

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.engines import engine
from jobsmith.errors import WorkerGone
from jobsmith.models import Worker
from jobsmith.policies import Actor

from .transactions import changes, held


def drain_worker(worker: Worker, *, user: Actor) -> Worker:
    """Have it take nothing more; its runs go on, and it stays there until it is stopped or resumed.

    Raises NotAllowed, NotFound, WorkerGone or Busy.
    """
    return _put(worker, user, draining=True)


def resume_worker(worker: Worker, *, user: Actor) -> Worker:
    """Have it take runs again. Raises as `drain_worker`."""
    return _put(worker, user, draining=False)


def _put(worker: Worker, user: Actor, *, draining: bool) -> Worker:
    policies.require_on(user, "change", worker)
    with changes():
        locked = held(worker)
        if locked.kind != Worker.Kind.WORKER or locked.stopped_at is not None:
            raise WorkerGone
        if locked.draining == draining:
            return locked
        before = snapshot(locked)
        locked.draining = draining
        locked.save(update_fields=("draining",))
        note_change(locked, user=user, before=before)
        transaction.on_commit(lambda: engine().hint(()))
    return locked
