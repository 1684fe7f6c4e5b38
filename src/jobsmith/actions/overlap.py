"""What becomes of a run by the clock while an earlier one of its schedule has not ended."""

from jobsmith.audit import note_change, snapshot
from jobsmith.errors import LimitReached
from jobsmith.lifecycle import FINAL, Cause
from jobsmith.models import JobResult, ScheduledJob
from jobsmith.policies import Actor

from .cancel_result import stop

Overlap = ScheduledJob.Overlap
REPLACED = "Replaced by the next run of its schedule."


def make_way(schedule: ScheduledJob, *, user: Actor) -> bool:
    """Whether the run that is due now must wait until the earlier ones have ended.

    Stops them where the schedule replaces them; a running one takes its time to leave. Raises
    LimitReached where the schedule skips. Call it inside the transaction of the new run.
    """
    if schedule.overlap == Overlap.ALLOW:
        return False
    earlier = list(schedule.job_results.exclude(status__in=FINAL).order_by("date_created"))
    if earlier and schedule.overlap == Overlap.SKIP:
        raise LimitReached(f"Its run {earlier[0].pk} had not ended.")
    if schedule.overlap == Overlap.REPLACE:
        for each in earlier:
            _replace(each, user)
    return bool(earlier)


def _replace(result: JobResult, user: Actor) -> None:
    before = snapshot(result)
    if stop(result, user=user, cause=Cause.REPLACED, detail=REPLACED):
        result.refresh_from_db()
        note_change(result, user=user, before=before)
