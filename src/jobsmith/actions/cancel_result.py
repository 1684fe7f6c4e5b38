"""Cancel a run, whether it waits or runs."""

from django.utils import timezone

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.engines import engine
from jobsmith.errors import AlreadyFinal, NotAllowed
from jobsmith.failpoints import failpoint
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import JobResult, NotificationEvent
from jobsmith.policies import Actor

from .transactions import changes

LOOKS = 3


def cancel_result(result: JobResult, *, user: Actor) -> JobResult:
    """Cancel and return the run as it stands now.

    A waiting run ends at once. A running one is marked; its supervisor asks it to stop, waits
    the grace time and then kills all of it. Raises NotAllowed, AlreadyFinal or Busy.
    """
    if not policies.cancellable(user).filter(pk=result.pk).exists():
        raise NotAllowed
    with changes():
        before = snapshot(result)
        waited = "its next attempt" if result.attempt else "it started"
        detail = f"Cancelled by {user} before {waited}."[:500]
        if not stop(result, user=user, cause=Cause.CANCELLED, detail=detail):
            raise AlreadyFinal
        result.refresh_from_db()
        note_change(result, user=user, before=before)
        failpoint("cancel.marked")
    failpoint("cancel.committed")
    engine().hint([str(result.pk)])
    return result


def stop(result: JobResult, *, user: Actor, cause: Cause, detail: str) -> bool:
    """Whether the run had not ended: a waiting one is ended for that cause, a running one marked.

    Asks for no right; call it inside a transaction. Between two looks a run may begin, or go back
    to wait for its next attempt, which is why there are several.
    """
    for _ in range(LOOKS):
        if _end_waiting(result, user, cause, detail) or _mark_running(result, user):
            return True
    return False


def _end_waiting(result: JobResult, user: Actor, cause: Cause, detail: str) -> int:
    """By compare-and-set: whoever claims it takes it out of this status."""
    waiting = JobResult.objects.filter(pk=result.pk, status=Status.PENDING.value)
    ended = waiting.update(
        status=Status.REVOKED,
        cause=cause.value,
        cause_detail=detail,
        waiting_reason="",
        date_done=timezone.now(),
        **_marks(user),
    )
    if ended:
        NotificationEvent.objects.note(NotificationEvent.Kind.RUN_ENDED, result.pk)
    return ended


def _mark_running(result: JobResult, user: Actor) -> int:
    rows = JobResult.objects.filter(pk=result.pk, status=Status.STARTED.value)
    fresh = rows.filter(date_canceled=None).update(**_marks(user))
    return fresh or rows.count()


def _marks(user: Actor) -> dict[str, object]:
    return {
        "canceled_by_id": user.pk,
        "canceled_by_user_name": str(user.get_username())[:150],
        "cancel_type": "user",
        "date_canceled": timezone.now(),
    }
