"""The records of our own jobs, found once a process: to look for them takes a child."""

from django.core import serializers

from jobsmith.catalog.system import DRY_RUN, SYNC, system_job
from jobsmith.models import Job, JobQueue, JobQueueAssignment, Source, SourceTree

_KEPT: list[str] = []


def make_own_jobs() -> None:
    """Have them in this test's database."""
    if _KEPT:
        JobQueue.objects.filter(name="default").delete()
        for each in serializers.deserialize("json", _KEPT[0]):
            each.save()
        return
    job = system_job(SYNC)
    jobs = Job.objects.filter(job_class_name__in=(SYNC, DRY_RUN))
    source = Source.objects.get(key=job.source_key)
    _KEPT.append(
        serializers.serialize(
            "json",
            [
                SourceTree.objects.get(pk=source.tree_id),
                source,
                job.default_job_queue,
                *jobs,
                *JobQueueAssignment.objects.filter(job__in=jobs),
            ],
        )
    )
