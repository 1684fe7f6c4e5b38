"""Delete a run with its logs and files."""

from jobsmith import policies
from jobsmith.errors import NotFound, StillRunning
from jobsmith.models import JobFile, JobResult
from jobsmith.policies import Actor

from .store_files import discard_files
from .transactions import changes


def delete_result(result: JobResult, *, user: Actor) -> None:
    """Delete a run that has ended; raises NotAllowed, NotFound, StillRunning or Busy."""
    policies.require(user, "delete", JobResult)
    if not policies.results(user, "delete").filter(pk=result.pk).exists():
        raise NotFound
    if not result.is_final:
        raise StillRunning
    files = list(JobFile.objects.filter(job_result=result))
    with changes():
        result.delete()
    discard_files(files)
