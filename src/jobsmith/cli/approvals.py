"""``jobsmith approvals``: what waits for a decision."""

import json
from typing import Any

import click

from jobsmith import policies
from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, comment_stage, deny_stage
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.approving import awaiting
from jobsmith.errors import NotApprover
from jobsmith.models import ApprovalWorkflow, ApprovalWorkflowStage
from jobsmith.policies import Actor

from .finding import find_approval
from .people import acting_user, user_option
from .printing import printable
from .run import following_options, see_through
from .showing import console, table

comment_option = click.option("--comment", default="", help="Why, for the others.")


@click.group()
def approvals() -> None:
    """List, show, try out, comment on, approve, deny and cancel requests for approval."""


@approvals.command("list")
@click.option("--mine", is_flag=True, help="Only what waits for my decision.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_approvals(mine: bool, as_json: bool, username: str) -> None:
    """List requests, the newest first."""
    user = acting_user(username)
    rows = policies.requests(user).order_by("-created")
    if mine:
        rows = rows.filter(approval_workflow_stages__in=awaiting(user))
    told = [_as_dict(each) for each in rows]
    if as_json:
        click.echo(json.dumps(told))
        return
    lines = [[each[key] or "" for key in SHOWN] for each in told]
    console().print(table("Id", "Request", "State", "Asked by", "Created", rows=lines))


@approvals.command("show")
@click.argument("request")
@user_option
def show(request: str, username: str) -> None:
    """Print REQUEST (an id or a name) with its stages and what was said, as JSON."""
    user = acting_user(username)
    found = find_approval(request, user=user, by_name=True)
    click.echo(printable(json.dumps(_whole(found, user), indent=2, ensure_ascii=False)))


@approvals.command("approve")
@click.argument("request")
@comment_option
@click.option("--digest", default="", help="Approve only what `show` told with this digest.")
@user_option
def approve(request: str, comment: str, digest: str, username: str) -> None:
    """Approve REQUEST (an id); with the last approval that it takes it starts."""
    user = acting_user(username)
    policies.require(user, "change", ApprovalWorkflowStage)
    stage = _stage(find_approval(request, user=user), user)
    approve_stage(stage, user=user, comments=comment, seen=digest)


@approvals.command("deny")
@click.argument("request")
@comment_option
@user_option
def deny(request: str, comment: str, username: str) -> None:
    """Deny REQUEST (an id): it will not run."""
    user = acting_user(username)
    policies.require(user, "change", ApprovalWorkflowStage)
    deny_stage(_stage(find_approval(request, user=user), user), user=user, comments=comment)


@approvals.command("cancel")
@click.argument("request")
@comment_option
@user_option
def cancel(request: str, comment: str, username: str) -> None:
    """Take REQUEST (an id) back: it will not run."""
    user = acting_user(username)
    cancel_approval(find_approval(request, user=user), user=user, comments=comment)


@approvals.command("comment")
@click.argument("request")
@click.argument("text")
@user_option
def comment(request: str, text: str, username: str) -> None:
    """Say TEXT on REQUEST (an id) without a decision."""
    user = acting_user(username)
    policies.require(user, "change", ApprovalWorkflowStage)
    comment_stage(_stage(find_approval(request, user=user), user), user=user, comments=text)


@approvals.command("dry-run")
@click.argument("request")
@following_options
@user_option
def dry_run(request: str, wait: bool, as_json: bool, username: str) -> None:
    """Try out what REQUEST (an id) asks for, and follow the run: it changes nothing."""
    user = acting_user(username)
    made = start_dry_run(find_approval(request, user=user), user=user, door="cli")
    see_through(made, user=user, wait=wait, as_json=as_json)


SHOWN = ("id", "name", "state", "user", "created")


def _as_dict(row: ApprovalWorkflow) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "state": row.current_state,
        "state_reason": row.state_reason,
        "user": row.user_name,
        "created": row.created.isoformat(timespec="seconds") if row.created else None,
        "scheduled_job": str(row.object_under_review_object_id),
    }


def _whole(row: ApprovalWorkflow, user: Actor) -> dict[str, Any]:
    stages = policies.viewable(ApprovalWorkflowStage, user).filter(approval_workflow=row)
    schedule = row.scheduled_job
    return {
        **_as_dict(row),
        "digest": row.digest,
        "asked_for": row.frozen,
        "inputs": schedule.kwargs if schedule else None,
        "stages": [_stage_as_dict(each) for each in stages.order_by("sequence")],
    }


def _stage_as_dict(stage: ApprovalWorkflowStage) -> dict[str, Any]:
    said = stage.approval_workflow_stage_responses.order_by("last_updated")
    return {
        "id": str(stage.pk),
        "name": stage.name,
        "state": stage.state,
        "responses": [
            {"user": each.user_name, "state": each.state, "comments": each.comments}
            for each in said
        ],
    }


def _stage(workflow: ApprovalWorkflow, user: Actor) -> ApprovalWorkflowStage:
    """The stage that waits, else the last: what the action then says of it is to the point."""
    rows = policies.scoped(ApprovalWorkflowStage, user, "change")
    stages = list(rows.filter(approval_workflow=workflow).order_by("sequence"))
    waiting = [each for each in stages if each.state == "Pending"]
    if not stages:
        raise NotApprover
    return (waiting or stages[-1:])[0]
