"""Delete a run with its logs and files."""

from django.db import transaction

from jobsmith import policies
from jobsmith.errors import StillRunning
from jobsmith.models import JobFile, JobResult
from jobsmith.policies import Actor

from .removing import remove
from .store_files import discard_files
from .transactions import changes


def delete_result(result: JobResult, *, user: Actor) -> None:
    """Delete a run that has ended; raises NotAllowed, StillRunning or Busy.

    Its files leave the storage once the row is gone for good, whatever transaction this is part of.
    """
    policies.require_on(user, "delete", result)
    if not result.is_final:
        raise StillRunning
    with changes():
        files = list(JobFile.objects.filter(job_result=result))
        remove(result, user=user)
        transaction.on_commit(lambda: discard_files(files), robust=True)
