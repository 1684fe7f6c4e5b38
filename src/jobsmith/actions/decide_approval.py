"""Approve, deny and comment: what approvers do. Each decision is taken once."""

import re

from django.db import IntegrityError, transaction
from django.utils import timezone

from jobsmith import policies
from jobsmith.approving import has_enough, is_approver, is_bound, is_own
from jobsmith.audit import note_change, snapshot
from jobsmith.conf import conf
from jobsmith.errors import (
    AlreadyDecided,
    AlreadyResponded,
    InputsRefused,
    NotApprover,
    NotItsTurn,
    OwnRequest,
    RequestChanged,
)
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageResponse,
    ScheduledJob,
)
from jobsmith.policies import Actor

from .ask_approval import ask_anew, close, hold, not_needed, stop
from .expire_approvals import expire_if_late, is_late
from .start_approved import start_approved
from .transactions import changes, held

Response = ApprovalWorkflowStageResponse.State
LONGEST = 255
DIGEST = re.compile(r"[0-9a-f]{64}")
NO_DIGEST = "This is no digest: send the 64 hexadecimal digits that the request has."
State = ScheduledJob.State


def approve_stage(
    stage: ApprovalWorkflowStage, *, user: Actor, comments: str = "", seen: str = ""
) -> ApprovalWorkflowStage:
    """Approve; with the last approval that it takes, what was asked for starts.

    ``seen`` is the workflow's digest as the approver saw it. Raises NotAllowed, NotFound,
    NotApprover, OwnRequest, AlreadyDecided, NotItsTurn, AlreadyResponded, InputsRefused (a
    comment that is too long, or what is no digest), RequestChanged (nothing is approved, and it
    waits anew), CannotStart or Busy.
    """
    policies.require_on(user, "change", stage)
    policies.find(policies.requests(user), pk=stage.approval_workflow_id)  # nobody approves unseen
    if seen and not DIGEST.fullmatch(seen):
        raise InputsRefused({"digest": [NO_DIGEST]})
    expire_if_late(stage.approval_workflow)
    with changes():
        workflow, row = _decidable(stage, user)
        schedule, why = workflow.scheduled_job, ""
        stands = schedule is not None and is_bound(workflow, schedule)
        if stands and seen in ("", workflow.digest):
            respond(row, user, Response.APPROVED, comments)
            _move_on(workflow)
            row.refresh_from_db()
        elif schedule is not None and not stands:
            if not ask_anew(schedule, user=None):
                why = not_needed(schedule)
                stop(schedule, State.CANCELED, why)
            schedule = None
        else:
            schedule = None
    if schedule is None:
        raise RequestChanged(why)
    return row


def deny_stage(
    stage: ApprovalWorkflowStage, *, user: Actor, comments: str = ""
) -> ApprovalWorkflowStage:
    """Deny: what was asked for will not run.

    Raises what `approve_stage` raises, except RequestChanged and CannotStart.
    """
    policies.require_on(user, "change", stage)
    expire_if_late(stage.approval_workflow)
    with changes():
        workflow, row = _decidable(stage, user, own=True)
        respond(row, user, Response.DENIED, comments)
        _set(row, ApprovalState.DENIED)
        why = " ".join(filter(None, (row.denial_message, comments)))
        close(workflow, ApprovalState.DENIED, why)
        if workflow.scheduled_job:
            said = why or f"Denied by {user.get_username()}."
            stop(workflow.scheduled_job, State.DENIED, said)
    return row


def comment_stage(
    stage: ApprovalWorkflowStage, *, user: Actor, comments: str
) -> ApprovalWorkflowStage:
    """Say something without a decision; raises NotAllowed, NotFound, InputsRefused or Busy."""
    policies.require_on(user, "change", stage)
    if not comments.strip():
        raise InputsRefused({"comments": ["This field is required."]})
    with changes():
        respond(stage, user, Response.COMMENT, comments)
    return stage


def _decidable(
    stage: ApprovalWorkflowStage, user: Actor, *, own: bool = False
) -> tuple[ApprovalWorkflow, ApprovalWorkflowStage]:
    """The workflow and the stage, held; raises why the user may not decide them now."""
    workflow, row = hold(stage.approval_workflow), held(stage)
    row.approval_workflow = workflow
    if not is_approver(row, user):
        raise NotApprover
    if conf().approval_four_eyes and not own and is_own(workflow, user):
        raise OwnRequest
    if is_late(workflow) or not workflow.is_pending or row.state != ApprovalState.PENDING:
        raise AlreadyDecided
    earlier = workflow.approval_workflow_stages.filter(
        sequence__lt=row.sequence, state=ApprovalState.PENDING
    )
    if earlier.exists():
        raise NotItsTurn
    return workflow, row


def refuse_long(comments: str) -> None:
    """Raise InputsRefused for a comment that is too long to keep."""
    if len(comments) > LONGEST:
        sentence = f"Ensure this field has no more than {LONGEST} characters."
        raise InputsRefused({"comments": [sentence]})


def respond(stage: ApprovalWorkflowStage, user: Actor, state: str, comments: str) -> None:
    """Record what somebody says; raises AlreadyResponded or InputsRefused."""
    refuse_long(comments)
    try:
        with transaction.atomic():
            response = ApprovalWorkflowStageResponse.objects.create(
                approval_workflow_stage=stage,
                user_id=user.pk,
                user_name=str(user.get_username())[:150],
                comments=comments,
                state=state,
            )
    except IntegrityError as error:
        raise AlreadyResponded from error
    note_change(response, user=user, related=stage.approval_workflow)


def _move_on(workflow: ApprovalWorkflow) -> None:
    """Say of every stage whether it has enough approvals now; start when all have.

    Approvals of people who may no longer decide do not count, also not in earlier stages.
    """
    stages = list(workflow.approval_workflow_stages.order_by("sequence"))
    for each in stages:
        each.approval_workflow = workflow
        _set(each, ApprovalState.APPROVED if has_enough(each) else ApprovalState.PENDING)
    if any(each.state != ApprovalState.APPROVED for each in stages):
        return
    won = ApprovalWorkflow.objects.filter(pk=workflow.pk, current_state=ApprovalState.PENDING)
    if not won.update(current_state=ApprovalState.APPROVED):
        raise AlreadyDecided
    close(workflow, ApprovalState.APPROVED)
    start_approved(workflow)


def _set(stage: ApprovalWorkflowStage, state: str) -> None:
    if stage.state == state:
        return
    before = snapshot(stage)
    stage.state = state
    stage.decision_date = timezone.now() if state != ApprovalState.PENDING else None
    stage.save()
    note_change(stage, user=None, before=before)
