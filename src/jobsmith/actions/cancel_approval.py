"""Take a request for approval back."""

from jobsmith import policies
from jobsmith.approving import withdrawable
from jobsmith.errors import AlreadyDecided, NotAllowed
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowStageResponse,
    ScheduledJob,
)
from jobsmith.policies import Actor

from .ask_approval import close, hold, stop
from .decide_approval import refuse_long, respond
from .transactions import changes

State = ScheduledJob.State


def cancel_approval(
    workflow: ApprovalWorkflow, *, user: Actor, comments: str = ""
) -> ApprovalWorkflow:
    """Take it back: what was asked for will not run.

    Whoever asked may, and whoever may change approval workflows. Raises NotAllowed, NotFound,
    AlreadyDecided, InputsRefused (a comment that is too long) or Busy.
    """
    policies.find(policies.requests(user), pk=workflow.pk)
    if not withdrawable(user).filter(pk=workflow.pk).exists():
        raise NotAllowed
    refuse_long(comments)
    with changes():
        row = hold(workflow)
        if not row.is_pending:
            raise AlreadyDecided
        stage = row.approval_workflow_stages.filter(state=ApprovalState.PENDING).first()
        if stage is not None:
            respond(stage, user, ApprovalWorkflowStageResponse.State.CANCELED, comments)
        why = comments or f"Cancelled by {user.get_username()}."
        close(row, ApprovalState.CANCELED, why)
        if row.scheduled_job:
            stop(row.scheduled_job, State.CANCELED, why)
    return row
