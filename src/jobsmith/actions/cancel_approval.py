"""Take a request for approval back, and end those that nobody has decided in time."""

from django.db.models import Q
from django.db.models.functions import Now

from jobsmith import policies
from jobsmith.approving import withdrawable
from jobsmith.errors import AlreadyDecided, InputsRefused, NotAllowed
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowStageResponse,
    ScheduledJob,
)
from jobsmith.policies import Actor

from .ask_approval import close
from .decide_approval import LONGEST, respond, stop
from .transactions import changes, held

EXPIRED = "Nobody decided in time."
GONE = "What was asked for has been deleted."
AT_ONCE = 100
State = ScheduledJob.State


def cancel_approval(
    workflow: ApprovalWorkflow, *, user: Actor, comments: str = ""
) -> ApprovalWorkflow:
    """Take it back: what was asked for will not run.

    Whoever asked may, and whoever may change approval workflows. Raises NotAllowed, NotFound,
    AlreadyDecided, InputsRefused (a comment that is too long) or Busy.
    """
    policies.require_on(user, "view", workflow)
    if not withdrawable(user).filter(pk=workflow.pk).exists():
        raise NotAllowed
    if len(comments) > LONGEST:
        sentence = f"Ensure this field has no more than {LONGEST} characters."
        raise InputsRefused({"comments": [sentence]})
    with changes():
        row = held(workflow)
        if not row.is_pending:
            raise AlreadyDecided
        stage = row.approval_workflow_stages.filter(state=ApprovalState.PENDING).first()
        if stage is not None:
            respond(stage, user, ApprovalWorkflowStageResponse.State.CANCELED, comments)
        why = comments or f"Cancelled by {user.get_username()}."
        close(row, ApprovalState.CANCELED, why)
        stop(row, State.CANCELED, why)
    return row


def expire_approvals() -> int:
    """Cancel requests that nobody has decided in time, or that are about nothing any more."""
    late = Q(expires_at__lte=Now()) | Q(scheduled_job=None)
    waiting = ApprovalWorkflow.objects.filter(late, current_state=ApprovalState.PENDING)
    return sum(_expire(each) for each in waiting.order_by("created")[:AT_ONCE])


def _expire(workflow: ApprovalWorkflow) -> int:
    with changes():
        row = held(workflow)
        if not row.is_pending:
            return 0
        close(row, ApprovalState.CANCELED, EXPIRED if row.scheduled_job else GONE)
        stop(row, State.CANCELED, EXPIRED)
    return 1
