"""An approval and the facts that it is bound to."""

from jobsmith.inputs.keyed import is_hash_of, keyed_hash
from jobsmith.models import ApprovalState, ApprovalWorkflow, ScheduledJob

from .facts import Facts, facts_of_request

IN_FORCE = (ApprovalState.PENDING, ApprovalState.APPROVED)


def hash_of(facts: Facts) -> str:
    """What an approval keeps of them."""
    return keyed_hash(facts)


def fits(approval: ApprovalWorkflow, facts: Facts) -> bool:
    """Whether just this was what approval was asked for."""
    return is_hash_of(approval.digest, facts)


def approval_of(schedule: ScheduledJob) -> ApprovalWorkflow | None:
    """The approval of a schedule that is asked for or given; there is one at most."""
    rows = ApprovalWorkflow.objects.filter(scheduled_job=schedule, current_state__in=IN_FORCE)
    return rows.first()


def is_bound(approval: ApprovalWorkflow, schedule: ScheduledJob) -> bool:
    """Whether the schedule still asks for what the approval is about."""
    return fits(approval, facts_of_request(schedule))
