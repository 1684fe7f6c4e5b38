"""End requests for approval that nobody has decided in time."""

from django.db.models import Q
from django.db.models.functions import Now

from jobsmith.models import ApprovalState, ApprovalWorkflow, ScheduledJob

from .ask_approval import close, hold, stop
from .transactions import changes, database_now

EXPIRED = "Nobody decided in time."
GONE = "What was asked for has been deleted."
AT_ONCE = 100


def expire_approvals() -> int:
    """Cancel requests that nobody has decided in time, or that are about nothing any more."""
    late = Q(expires_at__lte=Now()) | Q(scheduled_job=None)
    waiting = ApprovalWorkflow.objects.filter(late, current_state=ApprovalState.PENDING)
    return sum(_expire(each) for each in waiting.order_by("created")[:AT_ONCE])


def expire_if_late(workflow: ApprovalWorkflow) -> None:
    """Cancel it if its time is over: nobody decides it between that and the next sweep."""
    waiting = ApprovalWorkflow.objects.filter(pk=workflow.pk, current_state=ApprovalState.PENDING)
    for each in waiting.filter(expires_at__lte=Now()):
        _expire(each)


def is_late(workflow: ApprovalWorkflow) -> bool:
    """Whether its time is over, by the clock of the database."""
    return workflow.expires_at is not None and workflow.expires_at <= database_now()


def _expire(workflow: ApprovalWorkflow) -> int:
    with changes():
        row = hold(workflow)
        if not row.is_pending:
            return 0
        close(row, ApprovalState.CANCELED, EXPIRED if row.scheduled_job else GONE)
        if row.scheduled_job:
            stop(row.scheduled_job, ScheduledJob.State.CANCELED, EXPIRED)
    return 1
