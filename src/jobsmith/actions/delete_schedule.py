"""Delete a schedule, and what waits for approval with it."""

from django.db import transaction

from jobsmith import policies
from jobsmith.approving import approval_of
from jobsmith.models import ApprovalState, JobFile, ScheduledJob
from jobsmith.policies import Actor

from .ask_approval import close, tell_hook
from .delete_record import delete_record
from .expire_approvals import GONE
from .store_files import discard_files
from .transactions import changes, held


def delete_schedule(schedule: ScheduledJob, *, user: Actor) -> None:
    """Delete it; its runs stay. Its approval ends, so a run that still waits by it does not start.

    Raises NotAllowed, NotFound or Busy.
    """
    policies.require_on(user, "delete", schedule)
    with changes():
        row = held(schedule)
        if approval := approval_of(row):
            close(approval, ApprovalState.CANCELED, GONE)
        if row.state == ScheduledJob.State.PENDING:
            tell_hook(row, skipped=GONE)
        files = list(JobFile.objects.filter(scheduled_job=schedule))
        delete_record(schedule, user=user)
        transaction.on_commit(lambda: discard_files(files), robust=True)
