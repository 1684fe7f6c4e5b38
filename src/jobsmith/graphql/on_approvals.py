"""Verbs on requests for approval."""

from collections.abc import Mapping

from graphql import GraphQLArgument, GraphQLField, GraphQLObjectType, GraphQLString

from jobsmith import policies
from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, comment_stage, deny_stage
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.models import ApprovalWorkflow, ApprovalWorkflowStage, JobResult
from jobsmith.policies import Actor

from .answering import KEY, answering, key_of


def fields(types: Mapping[str, GraphQLObjectType]) -> dict[str, GraphQLField]:
    """The verbs by name."""
    stage, workflow = "approval_workflow_stage", "approval_workflow"
    verbs = {
        "approve_approval_workflow_stage": (stage, approve),
        "deny_approval_workflow_stage": (stage, deny),
        "comment_approval_workflow_stage": (stage, comment),
        "cancel_approval_workflow": (workflow, cancel_request),
    }
    said = {"comments": GraphQLArgument(GraphQLString)}
    fields = {
        name: GraphQLField(types[kind], args=KEY | said, resolve=answering(kind, act))
        for name, (kind, act) in verbs.items()
    }
    fields["approve_approval_workflow_stage"].args |= _digest()
    fields["dry_run_approval_workflow"] = GraphQLField(
        types["job_result"], args=KEY, resolve=answering("job_result", dry_run)
    )
    return fields


def _digest() -> dict[str, GraphQLArgument]:
    told = "The request's digest, as you have seen it: nothing else is approved."
    return {"digest": GraphQLArgument(GraphQLString, description=told)}


def approve(
    user: Actor, id: str, comments: str | None = None, digest: str | None = None
) -> ApprovalWorkflowStage:
    """Approve a stage."""
    stage = _stage(user, id)
    return approve_stage(stage, user=user, comments=comments or "", seen=digest or "")


def dry_run(user: Actor, id: str) -> JobResult:
    """Start the dry run of a request."""
    found = policies.find(policies.requests(user), pk=key_of(id))
    return start_dry_run(found, user=user, door="graphql")


def deny(user: Actor, id: str, comments: str | None = None) -> ApprovalWorkflowStage:
    """Deny a stage."""
    return deny_stage(_stage(user, id), user=user, comments=comments or "")


def comment(user: Actor, id: str, comments: str | None = None) -> ApprovalWorkflowStage:
    """Say something on a stage."""
    return comment_stage(_stage(user, id), user=user, comments=comments or "")


def cancel_request(user: Actor, id: str, comments: str | None = None) -> ApprovalWorkflow:
    """Take a request back."""
    found = policies.find(policies.requests(user), pk=key_of(id))
    return cancel_approval(found, user=user, comments=comments or "")


def _stage(user: Actor, key: str) -> ApprovalWorkflowStage:
    policies.require(user, "change", ApprovalWorkflowStage)
    rows = policies.scoped(ApprovalWorkflowStage, user, "change")
    return policies.find(rows, pk=key_of(key))
