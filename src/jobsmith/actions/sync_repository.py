"""Ask for a sync of a Git repository: a run of our own, with a log like any other."""

from jobsmith import policies
from jobsmith.catalog.system import DRY_RUN, MODULE, SYNC, system_job
from jobsmith.errors import OwnerGone
from jobsmith.inputs.codec import CleanInputs
from jobsmith.lifecycle import Status
from jobsmith.models import GitRepository, JobResult
from jobsmith.policies import Actor

from .enqueue_job import RunOptions, enqueue_own_job
from .once import Once


def sync_repository(
    repository: GitRepository, *, user: Actor, dry_run: bool = False, door: str = ""
) -> JobResult:
    """The run that will fetch the repository; with ``dry_run`` it changes nothing.

    It takes the right to change the repository. Raises NotAllowed, NotFound, JobDisabled,
    NoWorker or Busy.
    """
    policies.require_on(user, "change", repository)
    return _enqueue(repository, DRY_RUN if dry_run else SYNC, user, RunOptions(door=door))


def sync_by_itself(repository: GitRepository, *, door: str, once: Once | None = None) -> JobResult:
    """The run of a sync that nobody asked for in person; it waits for a worker.

    It is its owner's, who saved the repository last. Raises OwnerGone, NotAllowed, NotFound,
    JobDisabled or Busy.
    """
    owner = owner_of(repository)
    policies.require_on(owner, "change", repository)
    return _enqueue(repository, SYNC, owner, RunOptions(door=door, by_clock=True, once=once))


def owner_of(repository: GitRepository) -> Actor:
    """In whose name it syncs by itself; raises OwnerGone."""
    owner = repository.owner
    if owner is None or not owner.is_active:
        raise OwnerGone("Whoever saved it last is gone or may not sign in any more. Save it again.")
    return owner


def unfinished_sync(repository: GitRepository) -> JobResult | None:
    """A sync of it that waits, else one that runs."""
    rows = JobResult.objects.filter(
        status__in=(Status.PENDING, Status.STARTED),
        job_model__module_name=MODULE,
        job_model__job_class_name=SYNC,
        task_kwargs__repository=str(repository.pk),
    )
    return rows.order_by("status").first()


def _enqueue(repository: GitRepository, job: str, user: Actor, options: RunOptions) -> JobResult:
    inputs = CleanInputs(values={"repository": repository})
    return enqueue_own_job(system_job(job), user=user, inputs=inputs, options=options)
