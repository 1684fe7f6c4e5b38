"""The records of our own jobs."""

from jobsmith.errors import JobNotInstalled
from jobsmith.models import Job, Source
from jobsmith.sources.base import system
from jobsmith.sources.packages import version_of

from .queues import default_queue
from .sync import sync_source

MODULE = "jobsmith.system.jobs"
SYNC, DRY_RUN = "GitRepositorySync", "GitRepositoryDryRun"


def system_job(class_name: str) -> Job:
    """The record of one of our own jobs, at the version that is installed."""
    job = _found(class_name)
    if job is None or not _is_present():
        default_queue()
        sync_source(system())
        job = _found(class_name)
    if job is None:
        raise JobNotInstalled
    return job


def _found(class_name: str) -> Job | None:
    return Job.objects.filter(module_name=MODULE, job_class_name=class_name).first()


def _is_present() -> bool:
    ref = system()
    return Source.objects.filter(key=ref.key, tree_id=version_of(ref).digest).exists()
