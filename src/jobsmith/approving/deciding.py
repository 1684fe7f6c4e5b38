"""Whose decision counts."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageResponse,
)
from jobsmith.policies import Actor

VOTES = (ApprovalState.APPROVED, ApprovalState.DENIED)


def awaiting(user: Actor) -> QuerySet[ApprovalWorkflowStage]:
    """Stages that wait for a decision which this user may take now."""
    stages = policies.scoped(ApprovalWorkflowStage, user, "change").filter(
        _entrusted(user),
        state=ApprovalState.PENDING,
        approval_workflow__current_state=ApprovalState.PENDING,
    )
    earlier = ApprovalWorkflowStage.objects.filter(
        approval_workflow=OuterRef("approval_workflow"),
        state=ApprovalState.PENDING,
        sequence__lt=OuterRef("sequence"),
    )
    votes = ApprovalWorkflowStageResponse.objects.filter(
        approval_workflow_stage=OuterRef("pk"), user=policies.identity(user), state__in=VOTES
    )
    found = stages.filter(~Exists(earlier), ~Exists(votes))
    if conf().approval_four_eyes:
        own = ApprovalWorkflow.objects.filter(_own(user), pk=OuterRef("approval_workflow"))
        found = found.filter(~Exists(own))
    return found


def withdrawable(user: Actor) -> QuerySet[ApprovalWorkflow]:
    """Requests that the user may cancel: their own, and all with the right to change them."""
    others = policies.scoped(ApprovalWorkflow, user, "change").values("pk")
    return policies.requests(user).filter(policies.own_requests(user) | Q(pk__in=others))


def is_approver(stage: ApprovalWorkflowStage, user: Actor) -> bool:
    """Whether the user's decision counts in this stage, whoever asked for it."""
    rows = policies.scoped(ApprovalWorkflowStage, user, "change")
    return rows.filter(_entrusted(user), pk=stage.pk).exists()


def is_own(workflow: ApprovalWorkflow, user: Actor) -> bool:
    """Whether the user had a hand in asking for it, or it would run in their name."""
    schedule = workflow.scheduled_job
    if user.pk in {workflow.user_id, schedule.user_id if schedule else None}:
        return True
    return str(user.pk) in workflow.frozen.get("requesters", {})


def _own(user: Actor) -> Q:
    """The same as a condition on workflows."""
    key = policies.identity(user)
    asked = Q(user=key) | Q(frozen__requesters__has_key=str(key))
    return asked | Q(scheduled_job__user=key)


def has_enough(stage: ApprovalWorkflowStage) -> bool:
    """Whether so many have approved as it takes: only those count who may still decide."""
    said = stage.approval_workflow_stage_responses.filter(
        state=ApprovalState.APPROVED, user__isnull=False
    )
    voters = [each.user for each in said.select_related("user") if each.user]
    counted = [each for each in voters if _counts(stage, each)]
    return len(counted) >= max(stage.min_approvers, 1)


def _counts(stage: ApprovalWorkflowStage, user: Actor) -> bool:
    if not user.is_active or not is_approver(stage, user):
        return False
    return not (conf().approval_four_eyes and is_own(stage.approval_workflow, user))


def _entrusted(user: Actor) -> Q:
    """Stages of the user's groups, and those of jobs whose runs the user may approve."""
    jobs = policies.jobs(user, "approve").values("pk")
    found = Q(by_right=True, approval_workflow__job_model__in=jobs)
    if hasattr(user, "groups"):
        found |= Q(by_right=False, approver_group__in=user.groups.values("pk"))
    return found
