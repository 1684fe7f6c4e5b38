"""Put a job on a queue, and take it off."""

from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobQueue, JobQueueAssignment
from jobsmith.policies import Actor

from .delete_record import delete_record
from .save_record import create_record


def assign_queue(job: Job, queue: JobQueue, *, user: Actor) -> JobQueueAssignment:
    """Let runs of the job wait in the queue.

    Raises as `create_record`, and InputsRefused while the job's queues follow its source.
    """
    _refuse_unheld(job)
    return create_record(
        JobQueueAssignment, user=user, values={"job": job, "job_queue": queue}, related=job
    )


def unassign_queue(assignment: JobQueueAssignment, *, user: Actor) -> None:
    """Take the job off the queue; its default queue stays. Raises as `assign_queue`."""
    _refuse_unheld(assignment.job)
    if assignment.job_queue_id == assignment.job.default_job_queue_id:
        raise InputsRefused({"job_queue": ["A job cannot leave its default queue."]})
    delete_record(assignment, user=user)


def _refuse_unheld(job: Job) -> None:
    if "job_queues" not in job.overridden:
        text = "Set job_queues_override of the job first; otherwise its queues follow the source."
        raise InputsRefused({"job": [text]})
