"""Delete the record of a job."""

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.models import Job, ScheduledJob
from jobsmith.policies import Actor

from .removing import remove
from .transactions import changes


def delete_job(job: Job, *, user: Actor) -> None:
    """Delete a job; its runs and schedules stay, without it, and its schedules are switched off.

    An installed job comes back, disabled, with the next sync. Raises NotAllowed, NotFound or Busy.
    """
    policies.require_on(user, "delete", job)
    with changes():
        for schedule in ScheduledJob.objects.filter(job_model=job):
            _switch_off(schedule, job, user)
        remove(job, user=user)


def _switch_off(schedule: ScheduledJob, job: Job, user: Actor) -> None:
    before = snapshot(schedule)
    schedule.enabled = False
    schedule.state = ScheduledJob.State.ERRORED
    schedule.state_reason = f"The job {job.name} was deleted."
    schedule.save(update_fields=["enabled", "state", "state_reason"])
    note_change(schedule, user=user, before=before, related=job)
