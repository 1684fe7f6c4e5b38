"""The one gate: what needs approval waits for it, at whatever door it was asked for."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobsmith.approving import (
    approval_of,
    asks_for_dry_run,
    definition_for,
    facts_of_request,
    hash_of,
    is_bound,
    is_gated,
    is_watched,
)
from jobsmith.audit import note_change, snapshot
from jobsmith.conf import conf
from jobsmith.errors import ApprovalNeeded
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    Job,
    JobFile,
    JobQueue,
    ScheduledJob,
    SourceTree,
)
from jobsmith.policies import Actor

State = ScheduledJob.State

BY_THE_JOB = "The job asks for approval."
NOT_ANY_MORE = "What it asks for has changed, so it waits for approval anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What lets a run through the gate; nothing where there is none for it."""

    approval: ApprovalWorkflow | None = None
    is_dry_run: bool = False
    """It needs no approval, as long as it is a dry run."""


OPEN = Passage()


def as_request(
    job: Job, user: Actor, queue: JobQueue, plain: dict[str, Any], sealed: str
) -> ScheduledJob:
    """What would wait for approval in place of a run at once; it is not saved."""
    now, key = timezone.now(), uuid.uuid4()
    return ScheduledJob(
        id=key,
        name=f"{job.name} - {timezone.localtime(now):%Y-%m-%d %H:%M:%S} {key.hex[:6]}",
        job_model=job,
        interval=ScheduledJob.Interval.FUTURE,
        one_off=True,
        start_time=now,
        time_zone=timezone.get_default_timezone_name(),
        kwargs=plain,
        sealed_kwargs=sealed,
        celery_kwargs={"queue": queue.name},
        job_queue=queue,
        user_id=user.pk,
        description=f"Job {job.name} asked for by {user.get_username()}",
    )


def pass_gate(
    schedule: ScheduledJob,
    job: Job,
    *,
    user: Actor,
    files: Iterable[JobFile],
    by_clock: bool = False,
) -> Passage | ScheduledJob:
    """What lets the run through, or the request, now recorded, that waits for approval.

    By the clock, what waits or has changed since it was approved raises ApprovalNeeded. Call it
    inside the transaction of the run.
    """
    if not is_watched(job):
        return OPEN
    if by_clock:
        return _pass_by_clock(schedule)
    if conf().approval_dryrun_exempt and asks_for_dry_run(facts_of_request(schedule)):
        return Passage(is_dry_run=True)
    with transaction.atomic():
        schedule.save(force_insert=True)
        if not is_gated(schedule):
            schedule.delete()
            return Passage()
        _keep(files, schedule)
        ask(schedule, user=user)
        note_change(schedule, user=user, related=job)
    return schedule


def _pass_by_clock(schedule: ScheduledJob) -> Passage:
    if not is_gated(schedule):
        return Passage()
    approval = approval_of(schedule)
    if approval is None or approval.is_pending:
        raise ApprovalNeeded
    if not is_bound(approval, schedule):
        raise ApprovalNeeded(NOT_ANY_MORE)
    return Passage(approval=approval)


def _keep(files: Iterable[JobFile], schedule: ScheduledJob) -> None:
    rows = list(files)
    for each in rows:
        each.scheduled_job = schedule
    JobFile.objects.bulk_create(rows)


def ask_if_needed(schedule: ScheduledJob, *, user: Actor | None) -> None:
    """Have a new schedule wait, where it needs approval; inside the transaction that made it."""
    if schedule.job_model and is_watched(schedule.job_model) and is_gated(schedule):
        ask(schedule, user=user)


def ask_anew(schedule: ScheduledJob, *, user: Actor | None, why: str = NOT_ANY_MORE) -> bool:
    """Take back the approval of what has changed, and ask for another one where that needs one.

    Whether it now waits. Call it inside a transaction that holds the schedule.
    """
    earlier = approval_of(schedule)
    if earlier is not None:
        close(earlier, ApprovalState.CANCELED, why)
    if schedule.job_model is None or not is_gated(schedule):
        return False
    ask(schedule, user=user, why=why)
    return True


def ask(schedule: ScheduledJob, *, user: Actor | None, why: str = "") -> ApprovalWorkflow:
    """Begin a workflow; the schedule stands still until that is approved."""
    schedule.enabled, schedule.state, schedule.next_due_at = False, State.PENDING, None
    schedule.state_reason = why[:200]
    schedule.save()
    schedule.refresh_from_db()  # databases spell some JSON in their own way
    definition = definition_for(schedule)
    asker = user or schedule.user
    facts = facts_of_request(schedule)
    workflow = ApprovalWorkflow.objects.create(
        approval_workflow_definition=definition,
        scheduled_job=schedule,
        object_under_review_object_id=schedule.pk,
        job_model=schedule.job_model,
        name=schedule.name,
        state_reason=why,
        expires_at=_deadline(),
        user_id=asker.pk if asker else None,
        user_name=str(asker.get_username())[:150] if asker else "",
        digest=hash_of(facts),
        frozen={name: each for name, each in facts.items() if name != "inputs"} | _told(facts),
        source_digest=facts["code"],
    )
    ApprovalWorkflowStage.objects.bulk_create(_stages(workflow, definition))
    note_change(workflow, user=asker, related=schedule)
    return workflow


def close(workflow: ApprovalWorkflow, state: str, why: str = "") -> None:
    """End a workflow and those of its stages that were not decided."""
    before, now = snapshot(workflow), timezone.now()
    workflow.current_state, workflow.state_reason = state, why[:255]
    workflow.decision_date = now
    workflow.save()
    open_stages = workflow.approval_workflow_stages.filter(state=ApprovalState.PENDING)
    open_stages.update(state=ApprovalState.CANCELED, decision_date=now)
    note_change(workflow, user=None, before=before)


def _told(facts: dict[str, object]) -> dict[str, object]:
    version = SourceTree.objects.filter(pk=facts["code"]).values_list("label", flat=True).first()
    return {"code_label": version or ""}


def _deadline() -> datetime | None:
    days = conf().approval_days
    return timezone.now() + timedelta(days=days) if days else None


def _stages(
    workflow: ApprovalWorkflow, definition: ApprovalWorkflowDefinition | None
) -> list[ApprovalWorkflowStage]:
    """Those of the definition; one by right, where there is none or it has none."""
    rows = definition.approval_workflow_stage_definitions.all() if definition else ()
    return [
        ApprovalWorkflowStage(
            approval_workflow=workflow,
            approval_workflow_stage_definition=each,
            sequence=each.sequence,
            name=each.name,
            min_approvers=each.min_approvers,
            denial_message=each.denial_message,
            approver_group=each.approver_group,
        )
        for each in rows
    ] or [ApprovalWorkflowStage(approval_workflow=workflow, name="Approval", by_right=True)]
