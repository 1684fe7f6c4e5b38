"""What routes about approvals ask for."""

from dataclasses import replace
from typing import Any

from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
)

from . import oracle
from .asks import DEEP, Asks, acts, lists, pages, records, shows, view, without_rights
from .roles import Role
from .world import Row, World, missing_key
from .world_approvals import approvers

CHANGE_STAGE = ("change", ApprovalWorkflowStage)


def not_own(_world: World, role: Role, row: Row) -> int | None:
    """Nobody approves what they asked for."""
    return 403 if row.owner == role.name else None


def withdrawable(_world: World, role: Role, row: Row) -> int | None:
    """Whoever asked may cancel, and whoever may change requests."""
    return None if row.owner == role.name or oracle.reaches(role, "change", row) else 403


def tried_out(world: World, role: Role, row: Row) -> int | None:
    """Those who may decide it may try it out, where its job is there."""
    if not oracle.reaches(role, "change", world.stages[row]):
        return 403
    return None if row.installed else 405


def _rule(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    return {
        "name": f"{row.area if row else 'alpha'} made",
        "model_content_type": "extras.scheduledjob",
        "model_constraints": {"name": "no such request"},
        "weight": 7,
    }


def _rule_form(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    return {**_rule(world, role, row), "model_constraints": '{"name": "no such request"}'}


def _stage(world: World, role: Role, row: Row | None) -> dict[str, Any]:
    """Of the rule that is asked about, or of the one that the stage has already."""
    stages = ApprovalWorkflowStageDefinition.objects
    found = stages.filter(pk=row.pk).first() if row and row.pk else None
    key = row.pk if row else missing_key(ApprovalWorkflowDefinition)
    return {
        "approval_workflow_definition": str(
            found.approval_workflow_definition_id if found else key
        ),
        "approver_group": approvers(world).pk,
        "name": "alpha made",
        "sequence": 9,
        "min_approvers": 1,
    }


RULE_PAGES = pages(
    "approval_definition", "approval_definitions", ApprovalWorkflowDefinition, _rule_form
)
STAGE_PAGES = pages("approval_stage", "approval_stages", ApprovalWorkflowStageDefinition, _stage)
STAGE_PAGES["jobsmith:approval_stage_add"]["POST"] = Asks(
    rights=(("add", ApprovalWorkflowStageDefinition),),
    creates=ApprovalWorkflowStageDefinition,
    named=(view(ApprovalWorkflowDefinition),),
    send=_stage,
)

CANCELS = shows(ApprovalWorkflow, then=(withdrawable,), send=lambda *_: {}, changes=True)
TRIES = shows(ApprovalWorkflow, then=(tried_out,), send=lambda *_: {}, changes=True)

APPROVAL_PAGES: dict[str, dict[str, Asks]] = {
    **without_rights(
        {
            "jobsmith:approvals": {"GET": lists(ApprovalWorkflow, query="show=all")},
            "jobsmith:approval": {"GET": shows(ApprovalWorkflow)},
            "jobsmith:approval_cancel": {"POST": CANCELS},
            "jobsmith:approval_dry_run": {"POST": TRIES},
        }
    ),
    "jobsmith:approval_approve": {"POST": acts(*CHANGE_STAGE, then=(not_own,), send=lambda *_: {})},
    "jobsmith:approval_deny": {"POST": acts(*CHANGE_STAGE, send=lambda *_: {})},
    "jobsmith:approval_comment": {"POST": acts(*CHANGE_STAGE, send=lambda *_: {"comments": "hm"})},
    **RULE_PAGES,
    **STAGE_PAGES,
}

_API = "jobsmith-api:approval-workflow"

APPROVAL_REST: dict[str, dict[str, Asks]] = {
    **records(
        f"{_API}-definition",
        ApprovalWorkflowDefinition,
        new=_rule,
        put=_rule,
        patch={"model_constraints": {"name": "none"}},
    ),
    **records(
        f"{_API}-stage-definition",
        ApprovalWorkflowStageDefinition,
        new=_stage,
        put=_stage,
        patch={"denial_message": "changed"},
        named=(view(ApprovalWorkflowDefinition),),
    ),
    **without_rights(
        {
            **records(_API, ApprovalWorkflow, deletes=False),
            f"{_API}-cancel": {"POST": replace(CANCELS, query=DEEP)},
            f"{_API}-dry-run": {"POST": TRIES},
        }
    ),
    **records(f"{_API}-stage", ApprovalWorkflowStage, deletes=False),
    **records(f"{_API}-stage-response", ApprovalWorkflowStageResponse, deletes=False),
    f"{_API}-stage-approve": {
        "POST": acts(*CHANGE_STAGE, then=(not_own,), send=lambda *_: {}, query=DEEP)
    },
    f"{_API}-stage-deny": {"POST": acts(*CHANGE_STAGE, send=lambda *_: {}, query=DEEP)},
    f"{_API}-stage-comment": {
        "POST": acts(*CHANGE_STAGE, send=lambda *_: {"comments": "hm"}, query=DEEP)
    },
}
