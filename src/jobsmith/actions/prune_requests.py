"""Delete requests for approval that were decided long ago, with what was uploaded for them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from jobsmith.conf import conf
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    JobFile,
    JobResult,
    Note,
    ScheduledJob,
)

from .retention import rules
from .store_files import discard_files
from .transactions import changes, database_now

AT_ONCE = 200
Request = TypeVar("Request", ApprovalWorkflow, ScheduledJob)
State = ScheduledJob.State
_OVER = (State.DENIED, State.CANCELED, State.COMPLETED, State.ERRORED)
"""Where nothing will start any more."""


def prune_requests() -> int:
    """Delete some of those that are overdue; how many. Any number of schedulers may do so at once.

    A request is kept as long as runs of its job that failed or were cancelled, and as long as any
    run rests on it. The trail keeps who asked for what and who decided. Raises Busy.
    """
    workflows = sum(_delete_workflows(each) for each in _overdue(_closed_workflows()))
    return workflows + sum(_delete_asked(each) for each in _overdue(_asked_once()))


def _closed_workflows() -> QuerySet[ApprovalWorkflow]:
    """Decided ones on which no run rests, and by which nothing will start any more."""
    rests = JobResult.objects.filter(approval=OuterRef("pk"))
    over = Q(current_state__in=(ApprovalState.DENIED, ApprovalState.CANCELED))
    over |= Q(scheduled_job=None) | Q(scheduled_job__state__in=_OVER)
    rows = ApprovalWorkflow.objects.exclude(current_state=ApprovalState.PENDING)
    return rows.filter(over, ~Exists(rests))


def _asked_once() -> QuerySet[ScheduledJob]:
    """What was asked for at once, when nothing is left of the asking, nor of what came of it.

    Schedules are somebody's, also those that were denied: they can be edited and asked for anew.
    """
    asked = ApprovalWorkflow.objects.filter(scheduled_job=OuterRef("pk"))
    ran = JobResult.objects.filter(scheduled_job=OuterRef("pk"))
    rows = ScheduledJob.objects.exclude(asked={}).filter(state__in=_OVER)
    return rows.filter(~Exists(asked), ~Exists(ran))


def _overdue(rows: QuerySet[Request]) -> Iterator[QuerySet[Request]]:
    now = database_now()
    for days, jobs in rules("keep_failed_days", conf().keep_failed_days):
        if days > 0:
            yield rows.filter(jobs, decision_date__lt=now - timedelta(days=days))


def _delete_workflows(rows: QuerySet[ApprovalWorkflow]) -> int:
    with changes():
        keys = _ours(rows)
        stages = ApprovalWorkflowStage.objects.filter(approval_workflow__in=keys)
        noted = [*keys, *stages.values_list("pk", flat=True)]
        Note.objects.filter(assigned_object_id__in=noted).delete()
        ApprovalWorkflow.objects.filter(pk__in=keys).delete()
    return len(keys)


def _delete_asked(rows: QuerySet[ScheduledJob]) -> int:
    with changes():
        keys = _ours(rows)
        Note.objects.filter(assigned_object_id__in=keys).delete()
        files = list(JobFile.objects.filter(scheduled_job__in=keys))
        ScheduledJob.objects.filter(pk__in=keys).delete()
        transaction.on_commit(lambda: discard_files(files), robust=True)
    return len(keys)


def _ours(rows: QuerySet[Request]) -> list[UUID]:
    """Some that no other process deletes now."""
    locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by("decision_date")
    return list(locked.values_list("pk", flat=True)[:AT_ONCE])
