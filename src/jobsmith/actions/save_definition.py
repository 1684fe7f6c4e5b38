"""Say which requests need approval, and by whom."""

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType

from jobsmith import policies
from jobsmith.approving import looks_at_standing, looks_by_pattern
from jobsmith.errors import InputsRefused, StillNeeded
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStageDefinition,
    ScheduledJob,
)
from jobsmith.policies import Actor
from jobsmith.rights import is_usable, reads_secret

from .delete_record import delete_record
from .save_record import create_record, update_record
from .stale import Seen
from .transactions import changes

NOT_REVIEWED = "Only scheduled jobs can be approved: extras.scheduledjob."
NO_LOOKUPS = 'Enter an object of lookups such as {"job_model__name": "Ping"}.'
HIDDEN = "This looks at a secret: which requests wait would tell it. Name another field."
USELESS = "This makes no sense for scheduled jobs."
PATTERN = "Use startswith, contains or in: a regular expression may take for ever."
STANDING = (
    "Only what is asked for can be looked up, and not how it stands: that changes by waiting."
)


def create_definition(*, user: Actor, values: Mapping[str, Any]) -> ApprovalWorkflowDefinition:
    """As `create_record`; InputsRefused also for constraints that make no sense."""
    policies.require(user, "add", ApprovalWorkflowDefinition)
    _check(values)
    about = ContentType.objects.get_for_model(ScheduledJob)
    given = {"model_content_type": about, **values}
    return create_record(ApprovalWorkflowDefinition, user=user, values=given)


def update_definition(
    definition: ApprovalWorkflowDefinition,
    *,
    user: Actor,
    values: Mapping[str, Any],
    seen: Seen | None = None,
) -> ApprovalWorkflowDefinition:
    """As `update_record`, with the checks of `create_definition`; what waits already stays."""
    policies.require_on(user, "change", definition)
    _check(values)
    return update_record(definition, user=user, values=values, seen=seen)


def delete_definition(
    row: ApprovalWorkflowDefinition | ApprovalWorkflowStageDefinition, *, user: Actor
) -> None:
    """Delete a definition or a stage of one; StillNeeded while requests wait by it."""
    policies.require_on(user, "delete", row)
    with changes():
        waiting = ApprovalWorkflow.objects.filter(current_state=ApprovalState.PENDING)
        if isinstance(row, ApprovalWorkflowDefinition):
            waiting = waiting.filter(approval_workflow_definition=row)
        else:
            of_stage = "approval_workflow_stages__approval_workflow_stage_definition"
            waiting = waiting.filter(**{of_stage: row})
        if found := list(waiting[:10]):
            raise StillNeeded.by(found)
        delete_record(row, user=user)


def _check(values: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    kind = values.get("model_content_type")
    if kind is not None and kind.model_class() is not ScheduledJob:
        errors["model_content_type"] = [NOT_REVIEWED]
    if "model_constraints" in values and (wrong := _wrong_with(values["model_constraints"])):
        errors["model_constraints"] = [wrong]
    if errors:
        raise InputsRefused(errors)


def _wrong_with(constraints: Any) -> str:
    """What is wrong with them, in a sentence; "" where nothing is."""
    if not isinstance(constraints, dict):
        return NO_LOOKUPS
    if reads_secret(ScheduledJob, constraints):
        return HIDDEN
    if not is_usable(ScheduledJob, constraints):
        return USELESS
    if looks_at_standing(constraints):
        return STANDING
    return PATTERN if looks_by_pattern(constraints) else ""
