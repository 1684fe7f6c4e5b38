"""Keep a run however old it gets, or let it go with the others."""

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.models import JobResult
from jobsmith.policies import Actor

from .transactions import changes, held


def pin_result(result: JobResult, *, user: Actor) -> JobResult:
    """Keep the run for ever; raises NotAllowed, NotFound or Busy."""
    return _set(result, user, pinned=True)


def unpin_result(result: JobResult, *, user: Actor) -> JobResult:
    """Let the run go when its time has come; raises NotAllowed, NotFound or Busy."""
    return _set(result, user, pinned=False)


def _set(result: JobResult, user: Actor, *, pinned: bool) -> JobResult:
    policies.require_on(user, "change", result)
    with changes():
        result = held(result)
        before = snapshot(result)
        JobResult.objects.filter(pk=result.pk).update(pinned=pinned)
        result.pinned = pinned
        note_change(result, user=user, before=before)
    return result
