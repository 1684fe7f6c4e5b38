"""Pause schedules whose runs keep failing."""

from datetime import timedelta

from django.utils import timezone

from jobsmith.audit import note_change, snapshot
from jobsmith.lifecycle import FINAL, Status
from jobsmith.models import JobResult, NotificationEvent, ScheduledJob

from .transactions import changes, held

LOOKED_BACK = timedelta(hours=1)
"""For ends of runs; what a longer downtime leaves out is seen when the schedule is due."""


def pause_failing() -> int:
    """Pause schedules whose last runs did not succeed, as many as they say; how many."""
    ended = JobResult.objects.filter(
        status__in=(Status.FAILURE.value, Status.REVOKED.value),
        date_done__gt=timezone.now() - LOOKED_BACK,
        scheduled_job__enabled=True,
        scheduled_job__pause_after_failures__gt=0,
    )
    keys = ended.order_by().values("scheduled_job")
    return sum(map(pause_if_failing, ScheduledJob.objects.filter(pk__in=keys, enabled=True)))


def pause_if_failing(schedule: ScheduledJob) -> bool:
    """Whether its runs keep failing, so that it was paused."""
    if not why_paused(schedule):
        return False
    with changes():
        row = held(schedule)
        if not row.enabled or not (why := why_paused(row)):
            return False
        before = snapshot(row)
        row.enabled, row.next_due_at, row.state_reason = False, None, why
        row.save()
        note_change(row, user=None, before=before)
        NotificationEvent.objects.note(NotificationEvent.Kind.SCHEDULE_PAUSED, row.pk)
    return True


def why_paused(schedule: ScheduledJob) -> str:
    """The sentence that it is paused with when it must be, else "".

    Counts runs that have ended and that began their life after its last change: who resumes it
    gives it as many tries anew.
    """
    most = schedule.pause_after_failures
    if not most:
        return ""
    ended = schedule.job_results.filter(
        status__in=FINAL, date_created__gt=schedule.date_changed
    ).order_by("-date_created")
    last = list(ended.values_list("status", flat=True)[:most])
    if len(last) < most or Status.SUCCESS in last:
        return ""
    many = "Its last run" if most == 1 else f"Its last {most:,} runs"
    return f"{many} did not succeed."
