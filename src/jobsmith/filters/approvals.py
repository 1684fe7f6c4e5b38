"""Which filters lists of approvals have."""

from dataclasses import replace
from typing import Any

from django.db.models import F, Model, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from jobsmith.approving import awaiting
from jobsmith.models import ApprovalState, ApprovalWorkflowStageResponse
from jobsmith.policies import Actor

from .fields import (
    Filter,
    WireBoolean,
    choice,
    key,
    kind,
    moment,
    nothing,
    number,
    relation,
    relation_key,
    text,
)
from .tables import FilterTable

_DATES = {name: moment(name) for name in ("created", "last_updated")}
_STATES = ApprovalState.choices


class Mine(Filter):
    """Stages that wait, or do not wait, for a decision of whoever asks."""

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any], user: Actor) -> Q:
        """By the one rule on who may decide."""
        waiting = Q(pk__in=awaiting(user).values("pk"))
        found = Q(pk__in=())
        for each in values:
            found |= waiting if each else ~waiting
        return found


DEFINITIONS = FilterTable(
    search=("name",),
    aliases={
        "content_label": Concat(
            F("model_content_type__app_label"), Value("."), F("model_content_type__model")
        ),
        "constraints_text": Cast("model_constraints", TextField()),
    },
    filters={
        "id": key("id"),
        "name": text("name"),
        "model_content_type": kind("content_label"),
        "model_constraints": text("constraints_text", sortable=False),
        "weight": number("weight"),
        "tags": nothing(),
        **_DATES,
    },
)

STAGE_DEFINITIONS = FilterTable(
    search=("name", "denial_message"),
    filters={
        "id": key("id"),
        "approval_workflow_definition": relation("approval_workflow_definition"),
        "approval_workflow": replace(
            relation_key("approval_workflow_stages__approval_workflow"), many=True
        ),
        "approver_group": relation("approver_group"),
        **{name: text(name) for name in ("name", "denial_message")},
        **{name: number(name) for name in ("sequence", "min_approvers")},
        **_DATES,
    },
)

APPROVALS = FilterTable(
    search=("name", "user_name"),
    aliases={"content_label": Value("jobsmith.scheduledjob")},
    filters={
        "id": key("id"),
        "name": text("name"),
        "approval_workflow_definition": relation("approval_workflow_definition"),
        "object_under_review_content_type": kind("content_label"),
        "object_under_review_object_id": key("object_under_review_object_id"),
        "current_state": choice("current_state", _STATES),
        "decision_date": moment("decision_date"),
        "user": relation_key("user"),
        "user_name": text("user_name"),
        "job_model": relation("job_model"),
        "expires_at": moment("expires_at"),
        **_DATES,
    },
)

STAGES = FilterTable(
    search=("name",),
    filters={
        "id": key("id"),
        "name": text("name"),
        "approval_workflow": relation_key("approval_workflow"),
        "approval_workflow_stage_definition": relation("approval_workflow_stage_definition"),
        "state": choice("state", _STATES),
        "decision_date": moment("decision_date"),
        "pending_my_approvals": Mine(("pk",), WireBoolean, {"": ("exact", False)}),
        **_DATES,
    },
)

RESPONSES = FilterTable(
    search=("comments", "user_name"),
    filters={
        "id": key("id"),
        "approval_workflow_stage": relation_key("approval_workflow_stage"),
        "user": relation_key("user"),
        "comments": text("comments"),
        "state": choice("state", ApprovalWorkflowStageResponse.State.choices),
        "last_updated": moment("last_updated"),
    },
)
