"""Put a job on a queue, and take it off."""

from collections.abc import Mapping
from typing import Any

from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobQueue, JobQueueAssignment
from jobsmith.policies import Actor

from .delete_record import delete_record
from .save_record import create_record, update_record


def assign_queue(job: Job, queue: JobQueue, *, user: Actor) -> JobQueueAssignment:
    """Let runs of the job wait in the queue.

    Raises as `create_record`, and InputsRefused while the job's queues follow its source.
    """
    _refuse_unheld(job)
    return create_record(
        JobQueueAssignment, user=user, values={"job": job, "job_queue": queue}, related=job
    )


def move_assignment(
    assignment: JobQueueAssignment, *, user: Actor, values: Mapping[str, Any]
) -> JobQueueAssignment:
    """Change the job or the queue of an assignment (``job``, ``job_queue``).

    Raises as `update_record`, and InputsRefused as `unassign_queue` for the assignment as it is
    and as `assign_queue` for what it would become.
    """
    job = values.get("job", assignment.job)
    queue = values.get("job_queue", assignment.job_queue)
    if (job.pk, queue.pk) != (assignment.job_id, assignment.job_queue_id):
        _refuse_leaving(assignment)
        _refuse_unheld(job)
    return update_record(assignment, user=user, values=values)


def unassign_queue(assignment: JobQueueAssignment, *, user: Actor) -> None:
    """Take the job off the queue; its default queue stays. Raises as `assign_queue`."""
    _refuse_leaving(assignment)
    delete_record(assignment, user=user)


def _refuse_leaving(assignment: JobQueueAssignment) -> None:
    _refuse_unheld(assignment.job)
    if assignment.job_queue_id == assignment.job.default_job_queue_id:
        raise InputsRefused({"job_queue": ["A job cannot leave its default queue."]})


def _refuse_unheld(job: Job) -> None:
    if "job_queues" not in job.overridden:
        text = "Set job_queues_override of the job first; otherwise its queues follow the source."
        raise InputsRefused({"job": [text]})
