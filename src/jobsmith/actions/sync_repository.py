"""Ask for a sync of a Git repository: a run of our own, with a log like any other."""

from jobsmith import policies
from jobsmith.catalog.system import DRY_RUN, SYNC, system_job
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import GitRepository, JobResult
from jobsmith.policies import Actor

from .enqueue_job import RunOptions, enqueue_own_job


def sync_repository(
    repository: GitRepository, *, user: Actor, dry_run: bool = False, door: str = ""
) -> JobResult:
    """The run that will fetch the repository; with ``dry_run`` it changes nothing.

    It takes the right to change the repository. Raises NotAllowed, NotFound, JobDisabled,
    NoWorker or Busy.
    """
    policies.require_on(user, "change", repository)
    return enqueue_own_job(
        system_job(DRY_RUN if dry_run else SYNC),
        user=user,
        inputs=CleanInputs(values={"repository": repository}),
        options=RunOptions(door=door),
    )
