"""Which requests need approval."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import DataError, transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from jobsmith.models import ApprovalWorkflowDefinition, Job, ScheduledJob
from jobsmith.rights import reads_secret

STANDING = frozenset(
    {
        *("state", "state_reason", "enabled", "next_due_at", "decision_date", "date_changed"),
        *("last_run_at", "total_run_count", "held_until", "due_times", "job_results"),
        "associated_approval_workflows",
    }
)
"""What becomes of a schedule while it waits, runs and rests: nothing that it asks for."""
BACK = frozenset({"scheduled_jobs", "approval_workflows", "associated_approval_workflows"})
"""Ways from other records back to such."""

KEY_LOOKUPS = frozenset(
    {"contains", "contained_by", "has_key", "has_keys", "has_any_keys", "exact", "in"}
)
"""Words after the name of a JSON column that are no key in it."""
TOGETHER = 100
"""Definitions asked about in one query."""

_BAD = (DataError, FieldError, ValidationError, ValueError, TypeError, AttributeError)


def is_watched(job: Job) -> bool:
    """Whether anything could ask for approval of this job; quick, and no answer yet.

    Definitions that are about other jobs cost nothing more, however many there are.
    """
    if job.approval_required:
        return True
    found = _constraints()
    if not found:
        return False
    if any(not (_looked_up(each) and _of_job(each)) for each in found):
        return True
    rows = Job.objects.filter(pk=job.pk)
    return _first_match(rows, [_of_job(each) for each in found]) is not None


def looks_at_standing(constraints: Any) -> bool:
    """Whether lookups go by more than what a schedule asks for, so that waiting changes them."""
    paths = [path.split("__") for path in constraints]
    return any(path[0] in STANDING or BACK.intersection(path) for path in paths)


def looks_by_pattern(constraints: Any) -> bool:
    """Whether lookups go by regular expressions, over which inputs could take for ever."""
    return any(path.endswith(("__regex", "__iregex")) for path in constraints)


def is_gated(schedule: ScheduledJob) -> bool:
    """Whether this needs approval."""
    job = schedule.job_model
    return bool(job and job.approval_required) or definition_for(schedule) is not None


def definition_for(schedule: ScheduledJob) -> ApprovalWorkflowDefinition | None:
    """The definition of most weight that matches; None when the job alone can ask for approval.

    One that cannot be looked up any more matches everything: it shall not open a gate.
    """
    found = list(ApprovalWorkflowDefinition.objects.order_by("-weight", "name"))
    rows = ScheduledJob.objects.filter(pk=schedule.pk)
    number = _first_match(rows, [_looked_up(each.model_constraints) for each in found])
    return None if number is None else found[number]


def _constraints() -> list[Any]:
    return list(ApprovalWorkflowDefinition.objects.values_list("model_constraints", flat=True))


def _looked_up(constraints: Any) -> Any:
    """Whatever goes by more than what is asked for matches everything, as no lookups do."""
    if looks_at_standing(constraints) or reads_secret(ScheduledJob, constraints):
        return {}
    return constraints


def _of_job(constraints: Any) -> dict[str, Any]:
    """The part of them that the job alone decides, as lookups on jobs."""
    return {
        name.removeprefix("job_model__"): value
        for name, value in constraints.items()
        if name.startswith("job_model__")
    }


def _first_match(rows: QuerySet[Any], several: Sequence[Any]) -> int | None:
    """The first of several constraints that the one row fits, by a query for a great many of them.

    One that cannot be looked up any more matches everything.
    """
    for start in range(0, len(several), TOGETHER):
        part = several[start : start + TOGETHER]
        try:
            with transaction.atomic():
                found = _first_of(rows, part)
        except _BAD:
            found = _one_by_one(rows, part)
        if found is not None:
            return start + found
    return None


def _first_of(rows: QuerySet[Any], several: Sequence[Any]) -> int | None:
    same = rows.model._default_manager.filter(pk=OuterRef("pk"))
    cases = [
        When(Exists(same.filter(**each)), then=Value(number)) for number, each in enumerate(several)
    ]
    first = Case(*cases, default=None, output_field=IntegerField())
    found: int | None = rows.annotate(first=first).values_list("first", flat=True).first()
    return found


def _one_by_one(rows: QuerySet[Any], several: Sequence[Any]) -> int | None:
    for number, each in enumerate(several):
        try:
            with transaction.atomic():
                if rows.filter(**each).exists():
                    return number
        except _BAD:
            return number
    return None


def expected_words(job: Job) -> str:
    """Who will have to approve a run of the job, in a sentence; "" when nobody has to.

    What depends on the inputs is only known once they are there.
    """
    if not is_watched(job):
        return ""
    unsure = False
    for each in ApprovalWorkflowDefinition.objects.order_by("-weight", "name"):
        found = _may_match(job, each.model_constraints)
        if found is True:
            runs = "Every run of this job needs approval"
            return f"{runs}; by whom depends on the inputs." if unsure else f"{runs}{_by(each)}."
        unsure = unsure or found is None
    if job.approval_required:
        return "Every run of this job needs approval by somebody who may approve it."
    return "Some runs of this job need approval: it depends on the inputs." if unsure else ""


def _by(definition: ApprovalWorkflowDefinition) -> str:
    stages = definition.approval_workflow_stage_definitions.select_related("approver_group")
    names = [f"{each.min_approvers} of {each.approver_group}" for each in stages]
    return f" by {', then '.join(names)}" if names else " by somebody who may approve it"


def _may_match(job: Job, constraints: Any) -> bool | None:
    """Whether it matches as far as the job alone decides; None where the inputs do, too."""
    if looks_at_standing(constraints) or reads_secret(ScheduledJob, constraints):
        return True
    of_job = _of_job(constraints)
    try:
        with transaction.atomic():
            if not Job.objects.filter(pk=job.pk).filter(**of_job).exists():
                return False
    except _BAD:
        return True
    if _asks_for_other_inputs(job, constraints):
        return False
    return True if len(of_job) == len(constraints) else None


def _asks_for_other_inputs(job: Job, constraints: Any) -> bool:
    """Whether a lookup wants an input that no run of the job has in clear."""
    clear = {
        each["name"]
        for each in job.declared.get("variables", ())
        if each["type"] != "SecretVar" and not job.has_sensitive_variables
    }
    for path, value in constraints.items():
        root, *names = path.split("__")
        if root != "kwargs" or not names or value is None or names[-1] == "isnull":
            continue
        if names[0] not in clear and names[0] not in KEY_LOOKUPS:
            return True
    return False
