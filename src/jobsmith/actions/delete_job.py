"""Delete the record of a job."""

from jobsmith import policies
from jobsmith.approving import approval_of
from jobsmith.audit import note_change, snapshot
from jobsmith.models import ApprovalState, Job, ScheduledJob
from jobsmith.policies import Actor

from .ask_approval import close, stop
from .removing import remove
from .transactions import changes


def delete_job(job: Job, *, user: Actor) -> None:
    """Delete a job; its runs and schedules stay, without it, and its schedules are switched off.

    An installed job comes back, disabled, with the next sync. Raises NotAllowed, NotFound or Busy.
    """
    policies.require_on(user, "delete", job)
    with changes():
        held = ScheduledJob.objects.select_for_update().filter(job_model=job)
        for schedule in held.order_by("pk"):
            _switch_off(schedule, job, user)
        remove(job, user=user)


def _switch_off(schedule: ScheduledJob, job: Job, user: Actor) -> None:
    why = f"The job {job.name} was deleted."[:200]
    approval = approval_of(schedule)
    if approval is not None and approval.is_pending:
        close(approval, ApprovalState.CANCELED, why)
        stop(schedule, ScheduledJob.State.CANCELED, why)
        return
    before = snapshot(schedule)
    schedule.enabled = False
    schedule.state = ScheduledJob.State.ERRORED
    schedule.state_reason = why
    schedule.save(update_fields=["enabled", "state", "state_reason"])
    note_change(schedule, user=user, before=before, related=job)
