"""Which requests need approval, and by whom."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from jobsmith import policies
from jobsmith.actions.save_definition import (
    create_definition,
    delete_definition,
    update_definition,
)
from jobsmith.actions.stale import Seen
from jobsmith.filters.approvals import DEFINITIONS, STAGE_DEFINITIONS
from jobsmith.models import ApprovalWorkflowDefinition, ApprovalWorkflowStageDefinition
from jobsmith.policies import Actor

from ..paging import as_uuid
from ..records import RecordForm, RecordPages, SaidJSONField


class DefinitionForm(RecordForm):
    """A definition."""

    model_constraints = SaidJSONField(
        required=False,
        label="For which requests",
        help_text='Lookups of scheduled jobs, such as {"job_model__name": "Deploy"} or '
        '{"kwargs__site": "prod"}. {} is for all.',
    )

    class Meta:
        model = ApprovalWorkflowDefinition
        fields = ("name", "model_constraints", "weight")
        help_texts = {"weight": "Of those that match, the one with the highest weight decides."}

    @property
    def values(self) -> dict[str, Any]:
        """Nothing said means all."""
        found = super().values
        found["model_constraints"] = found["model_constraints"] or {}
        return found


class DefinitionPages(RecordPages[ApprovalWorkflowDefinition]):
    """Definitions."""

    model = ApprovalWorkflowDefinition
    form_class = DefinitionForm
    table = DEFINITIONS
    name = "approval_definition"
    list_name = place = "approval_definitions"
    one, many = "approval rule", "approval rules"
    lead = "Which requests need approval before they run. A job may ask for it by itself, too."
    gone = "Its requests stay as they were decided."
    order = ("-weight", "name")
    rows_template = "approvals/rules.html"
    side_template = "approvals/rule_stages.html"

    def facts(self, row: ApprovalWorkflowDefinition, user: Actor) -> Mapping[str, Any]:
        """Its stages."""
        stages = policies.viewable(ApprovalWorkflowStageDefinition, user)
        found = stages.filter(approval_workflow_definition=row).select_related("approver_group")
        return {
            "stages": found.order_by("sequence"),
            "may_add_stage": policies.allowed(user, "add", ApprovalWorkflowStageDefinition),
        }

    def add(self, request: HttpRequest, values: dict[str, Any]) -> ApprovalWorkflowDefinition:
        """Add it."""
        return create_definition(user=request.user, values=values)

    def change(
        self,
        request: HttpRequest,
        row: ApprovalWorkflowDefinition,
        values: dict[str, Any],
        seen: Seen,
    ) -> ApprovalWorkflowDefinition:
        """Change it."""
        return update_definition(row, user=request.user, values=values, seen=seen)

    def remove(self, request: HttpRequest, row: ApprovalWorkflowDefinition) -> None:
        """Delete it."""
        delete_definition(row, user=request.user)


class StageDefinitionForm(RecordForm):
    """A stage."""

    class Meta:
        model = ApprovalWorkflowStageDefinition
        fields = (
            *("approval_workflow_definition", "name", "sequence", "approver_group"),
            *("min_approvers", "denial_message"),
        )
        labels = {
            "approval_workflow_definition": "Approval rule",
            "sequence": "Place in the order",
            "approver_group": "Approved by members of",
            "min_approvers": "How many of them",
        }
        help_texts = {
            "sequence": "Lower ones come first.",
            "denial_message": "Told to who asked when it was denied.",
        }


class StageDefinitionPages(RecordPages[ApprovalWorkflowStageDefinition]):
    """Stages of definitions."""

    model = ApprovalWorkflowStageDefinition
    form_class = StageDefinitionForm
    table = STAGE_DEFINITIONS
    name = "approval_stage"
    list_name = "approval_stages"
    place = "approval_definitions"
    one, many = "approval stage", "approval stages"
    lead = "Who has to approve, in which order."
    gone = "Requests that were decided by it stay as they are."
    order = ("approval_workflow_definition__name", "sequence")
    rows_template = "approvals/stages.html"

    def listed(self, rows: Any, user: Actor) -> Any:
        """With their rules and groups."""
        return rows.select_related("approval_workflow_definition", "approver_group")

    def first_values(self, request: HttpRequest) -> dict[str, Any]:
        """The rule that the address names."""
        key = as_uuid(request.GET.get("rule", ""))
        return {"approval_workflow_definition": key} if key else {}

    def remove(self, request: HttpRequest, row: ApprovalWorkflowStageDefinition) -> None:
        """Delete it."""
        delete_definition(row, user=request.user)
