"""Delete a run with its logs and files."""

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import StillRunning
from jobsmith.models import JobFile, JobResult
from jobsmith.policies import Actor

from .store_files import discard_files
from .transactions import changes


def delete_result(result: JobResult, *, user: Actor) -> None:
    """Delete a run that has ended; raises NotAllowed, StillRunning or Busy."""
    policies.require_on(user, "delete", result)
    if not result.is_final:
        raise StillRunning
    files = list(JobFile.objects.filter(job_result=result))
    with changes():
        note_change(result, user=user, before=snapshot(result), deleted=True)
        result.delete()
    discard_files(files)
