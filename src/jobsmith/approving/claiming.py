"""Whether a run may start: asked again when a worker takes it."""

from jobsmith.errors import JobsmithError
from jobsmith.inputs.keyed import is_hash_of
from jobsmith.models import ApprovalState, JobResult

from .binding import fits
from .facts import asks_for_dry_run, facts_of_run

NEEDED = "This job needs approval, and this run has none. Run the job again to ask for it."
TAKEN_BACK = "The approval of this run is no longer in force. Run the job again to ask for it."
CHANGED = "This run is not what was approved. Run the job again to ask for approval."


def why_not(run: JobResult) -> str:
    """Why it must not start; "" when nothing stands against it.

    What cannot be told stands against it: other runs must not wait for one that is broken.
    """
    try:
        return _why_not(run)
    except JobsmithError as refusal:
        return refusal.message


def _why_not(run: JobResult) -> str:
    if run.dry_run_digest:
        return "" if _is_the_dry_run(run) else CHANGED
    approval = run.approval
    if approval is None:
        job = run.job_model
        return NEEDED if job is not None and job.approval_required else ""
    if approval.current_state != ApprovalState.APPROVED:
        return TAKEN_BACK
    return "" if fits(approval, facts_of_run(run, approval.frozen.get("window"))) else CHANGED


def _is_the_dry_run(run: JobResult) -> bool:
    facts = facts_of_run(run, "dry run")
    return asks_for_dry_run(facts) and is_hash_of(run.dry_run_digest, facts)
