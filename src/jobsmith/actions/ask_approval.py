"""The one gate: what needs approval waits for it, at whatever door it was asked for."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
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
    HookFiring,
    Job,
    JobFile,
    JobQueue,
    NotificationEvent,
    ScheduledJob,
    SourceTree,
)
from jobsmith.policies import Actor

from .transactions import held

State = ScheduledJob.State

BY_THE_JOB = "The job asks for approval."
JOB_GONE = "Its job is gone."
NOT_GATED = "It has changed and needs no approval any more."
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
    carried = _carried(schedule, is_edit=user is not None)
    needed = schedule.job_model is not None and is_gated(schedule)
    if earlier is not None:
        close(earlier, ApprovalState.CANCELED, why if needed else not_needed(schedule))
        user = user or earlier.user
    if not needed:
        return False
    ask(schedule, user=user, why=why, carried=carried)
    return True


def not_needed(schedule: ScheduledJob) -> str:
    """Why what has changed is not asked for anew."""
    return JOB_GONE if schedule.job_model is None else NOT_GATED


def _carried(schedule: ScheduledJob, *, is_edit: bool) -> dict[str, Any]:
    """What a new request takes over from the last one: who had a hand in it, however it ended.

    An edit of what was approved is the editor's alone.
    """
    last = ApprovalWorkflow.objects.filter(scheduled_job=schedule).order_by("-created").first()
    if last is None or (is_edit and last.current_state == ApprovalState.APPROVED):
        return {}
    return {
        "requesters": last.frozen.get("requesters", {}) | _named(last.user_id, last.user_name),
        "paused": last.is_pending and last.frozen.get("paused", False),
    }


def _named(key: Any, name: str) -> dict[str, str]:
    return {str(key): name} if key is not None else {}


def ask(
    schedule: ScheduledJob,
    *,
    user: Actor | None,
    why: str = "",
    carried: Mapping[str, Any] = MappingProxyType({}),
) -> ApprovalWorkflow:
    """Begin a workflow; the schedule stands still until that is approved."""
    definition = definition_for(schedule)  # by what was asked for, before it is made to wait
    is_paused = schedule.state == State.ACTIVE and not schedule.enabled
    schedule.enabled, schedule.state, schedule.next_due_at = False, State.PENDING, None
    schedule.state_reason = why[:200]
    schedule.save()
    schedule.refresh_from_db()  # databases spell some JSON in their own way
    asker = user or schedule.user
    facts = facts_of_request(schedule)
    name = str(asker.get_username())[:150] if asker else ""
    asked_by = {**carried.get("requesters", {}), **_named(asker.pk if asker else None, name)}
    paused = is_paused or carried.get("paused", False)
    workflow = ApprovalWorkflow.objects.create(
        approval_workflow_definition=definition,
        scheduled_job=schedule,
        object_under_review_object_id=schedule.pk,
        job_model=schedule.job_model,
        name=schedule.name,
        state_reason=why,
        expires_at=_deadline(),
        user_id=asker.pk if asker else None,
        user_name=name,
        digest=hash_of(facts),
        frozen=_shown(facts, schedule) | {"requesters": asked_by, "paused": paused},
        source_digest=facts["code"],
    )
    ApprovalWorkflowStage.objects.bulk_create(_stages(workflow, definition))
    note_change(workflow, user=asker, related=schedule)
    NotificationEvent.objects.note(NotificationEvent.Kind.APPROVAL_REQUESTED, workflow.pk)
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
    NotificationEvent.objects.note(NotificationEvent.Kind.APPROVAL_DECIDED, workflow.pk)


def stop(schedule: ScheduledJob, state: str, why: str) -> None:
    """Have what was asked for stand still for good; inside a transaction that holds it."""
    before = snapshot(schedule)
    schedule.enabled, schedule.next_due_at = False, None
    schedule.state, schedule.state_reason = state, why[:200]
    schedule.decision_date = timezone.now()
    schedule.save()
    tell_hook(schedule, skipped=why[:200])
    note_change(schedule, user=None, before=before)


def tell_hook(schedule: ScheduledJob, **came_of_it: Any) -> None:
    """Say to the hook that asked, if one did, what its request has come to."""
    if firing := schedule.asked.get("firing"):
        HookFiring.objects.filter(pk=firing).update(**came_of_it)


def hold(workflow: ApprovalWorkflow) -> ApprovalWorkflow:
    """The workflow and its schedule as they are now, nobody else's until the transaction ends.

    The schedule comes first, as everywhere: two who want both cannot wait for each other.
    """
    key = workflow.scheduled_job_id
    rows = ScheduledJob.objects.select_for_update()
    schedule = rows.filter(pk=key).first() if key else None
    row = held(workflow)
    row.scheduled_job = schedule if row.scheduled_job_id else None
    return row


def _shown(facts: dict[str, Any], schedule: ScheduledJob) -> dict[str, Any]:
    version = SourceTree.objects.filter(pk=facts["code"]).values_list("label", flat=True).first()
    kept = {name: each for name, each in facts.items() if name != "inputs"}
    return {**kept, "code_label": version or "", "about": schedule.asked.get("about", {})}


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
