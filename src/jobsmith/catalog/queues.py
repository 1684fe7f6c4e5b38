"""The queues that job records name."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q

from jobsmith.conf import conf
from jobsmith.models import Job, JobQueue, JobQueueAssignment

NAME_LENGTH = 255


def default_queue() -> JobQueue:
    """The system's default queue, made if it is missing."""
    return JobQueue.objects.get_or_create(name=conf().default_queue)[0]


def queues_named(names: Iterable[str]) -> list[JobQueue]:
    """The queues of those names in that order, made if they are missing; the default for none."""
    return [JobQueue.objects.get_or_create(name=name)[0] for name in names_in_force(names)]


def names_in_force(names: Iterable[str]) -> list[str]:
    """What a job's own list of queue names comes to: usable ones once each, else the default."""
    kept = [name for name in dict.fromkeys(names) if is_queue_name(name)]
    return kept or [conf().default_queue]


def is_queue_name(name: str) -> bool:
    """Whether a queue may be called so."""
    try:
        JobQueue._meta.get_field("name").clean(name, None)
    except ValidationError:
        return False
    return True


def assign(job: Job, queues: Iterable[JobQueue]) -> None:
    """Let runs of the job wait in these queues, and in its default one."""
    wanted = {each.pk for each in queues} | {job.default_job_queue_id}
    assignments = JobQueueAssignment.objects.filter(job=job)
    assignments.filter(~Q(job_queue__in=wanted)).delete()
    there = set(assignments.values_list("job_queue_id", flat=True))
    for queue_id in sorted(wanted - there):
        JobQueueAssignment.objects.get_or_create(job=job, job_queue_id=queue_id)
