"""Start what was approved, and the dry run of what may be."""

import hashlib
from typing import Any

from django.utils import timezone

from jobsmith import policies
from jobsmith.approving import has_dry_run, is_approver, is_bound
from jobsmith.audit import note_change, snapshot
from jobsmith.catalog.versions import CodeVersion, kept_version
from jobsmith.errors import (
    AlreadyDecided,
    Busy,
    CannotStart,
    JobNotInstalled,
    JobsmithError,
    NoDryRun,
    NotAllowed,
    NotApprover,
    NotFound,
    OwnerGone,
    RequestChanged,
)
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    Job,
    JobFile,
    JobResult,
    ScheduledJob,
)
from jobsmith.policies import Actor
from jobsmith.recurrence import due_times

from .ask_approval import Passage, tell_hook
from .enqueue_job import (
    HOOK,
    Kept,
    RunOptions,
    as_it_is,
    may_run,
    must_be_runnable,
    record_run,
    require_worker,
)
from .expire_approvals import expire_if_late
from .timing import rule_of
from .transactions import changes, database_now, held

State = ScheduledJob.State
STILL_PAUSED = "It was paused before it was approved."


def start_approved(workflow: ApprovalWorkflow) -> None:
    """Run a request, or let a schedule be due; inside the transaction of the last approval.

    What is late runs at once. Raises CannotStart or Busy.
    """
    if workflow.scheduled_job is None:
        raise CannotStart
    schedule = held(workflow.scheduled_job)
    before = snapshot(schedule)
    schedule.decision_date, schedule.state_reason = timezone.now(), ""
    try:
        _start(schedule, workflow)
    except Busy:
        raise
    except JobsmithError as refusal:
        raise CannotStart(f"It cannot run now, so it was not approved. {refusal}") from refusal
    schedule.save()
    note_change(schedule, user=None, before=before)


def _start(schedule: ScheduledJob, workflow: ApprovalWorkflow) -> None:
    if workflow.frozen.get("paused"):
        schedule.enabled, schedule.state, schedule.next_due_at = False, State.ACTIVE, None
        schedule.state_reason = STILL_PAUSED
        return
    following = None
    if not schedule.asked:
        following = next(due_times(rule_of(schedule), database_now()), None)
    if following is not None:
        schedule.enabled, schedule.state, schedule.next_due_at = True, State.ACTIVE, following
        schedule.held_until = None
        return
    _run(schedule, workflow)
    schedule.enabled, schedule.state, schedule.next_due_at = False, State.COMPLETED, None
    schedule.total_run_count += 1
    schedule.last_run_at = timezone.now()


def _run(schedule: ScheduledJob, workflow: ApprovalWorkflow) -> JobResult:
    """As it is frozen, in the name of its owner."""
    job, version = _job_of(schedule), _version(schedule)
    owner = _owner_of(schedule, job)
    files = JobFile.objects.filter(scheduled_job=schedule)
    for each in files:
        _refuse_other_content(each)
    asked = schedule.asked
    options = RunOptions(
        priority=asked.get("priority", schedule.priority),
        console_log=asked.get("console_log"),
        rerun_of=JobResult.objects.filter(pk=asked.get("rerun_of")).first(),
        version=version,
        door=asked.get("door", "schedule"),
        schedule=schedule,
    )
    kept = Kept(plain=schedule.kwargs, sealed=schedule.sealed_kwargs, files={})
    passage = Passage(approval=workflow)
    result = record_run(job, owner, _queue_of(schedule), kept, options, passage)
    files.update(job_result=result, scheduled_job=None)
    tell_hook(schedule, job_result=result, skipped="")
    return result


def _owner_of(schedule: ScheduledJob, job: Job) -> Actor:
    """Who it runs for; what answers a change needs no right to the job, nor anybody's change."""
    owner, asked = schedule.user, schedule.asked
    if owner is None and asked.get("nobodys"):
        must_be_runnable(job)
        return policies.nobody()
    if owner is None or not owner.is_active:
        raise OwnerGone
    if asked.get("door") == HOOK:
        must_be_runnable(job)
        return owner
    try:
        may_run(job, owner)
    except (NotAllowed, NotFound) as refusal:
        said = f"{owner.get_username()}, for whom it would run, may not run this job any more."
        raise NotAllowed(said) from refusal
    return owner


def start_dry_run(workflow: ApprovalWorkflow, *, user: Actor, door: str = "") -> JobResult:
    """The dry run of a request that waits, in the name of one of those who may decide it.

    Raises NotAllowed, NotFound, NotApprover, AlreadyDecided, NoDryRun, RequestChanged, JobDisabled,
    JobNotInstalled, CodeGone, NoWorker or Busy.
    """
    policies.find(policies.requests(user), pk=workflow.pk)
    expire_if_late(workflow)
    workflow.refresh_from_db()
    schedule = workflow.scheduled_job
    waiting = workflow.approval_workflow_stages.filter(state=ApprovalState.PENDING)
    if not any(is_approver(each, user) for each in waiting):
        raise NotApprover if workflow.is_pending else AlreadyDecided
    if schedule is None or not workflow.is_pending:
        raise AlreadyDecided
    if not is_bound(workflow, schedule):
        raise RequestChanged
    job = _job_of(schedule)
    must_be_runnable(job)
    if not has_dry_run(workflow.source_digest, workflow.frozen["class_path"]):
        raise NoDryRun
    queue = _queue_of(schedule)
    require_worker(queue)
    options = RunOptions(version=_version(schedule), door=door)
    passage = Passage(approval=workflow, is_dry_run=True)
    with changes():
        return record_run(job, user, queue, _dry(job, schedule), options, passage)


def _dry(job: Job, schedule: ScheduledJob) -> Kept:
    """The inputs with ``dryrun`` in them, sealed where they are sealed."""
    if not job.has_sensitive_variables:
        plain = {**schedule.kwargs, "dryrun": True}
        return Kept(plain=plain, sealed=schedule.sealed_kwargs, files={})
    secret = {**open_sealed(schedule.sealed_kwargs), "dryrun": True}
    return Kept(plain=schedule.kwargs, sealed=seal(secret), files={})


def _job_of(schedule: ScheduledJob) -> Job:
    if schedule.job_model is None:
        raise JobNotInstalled
    return as_it_is(schedule.job_model, _version(schedule))


def _queue_of(schedule: ScheduledJob) -> Any:
    if schedule.job_queue is None:
        raise CannotStart("Its queue is gone.")
    return schedule.job_queue


def _version(schedule: ScheduledJob) -> CodeVersion | None:
    """The code that was asked for, where that is not just what serves."""
    code = schedule.asked.get("code")
    if not code or schedule.job_model is None:
        return None
    return kept_version(**code, source_key=schedule.job_model.source_key)


def _refuse_other_content(file: JobFile) -> None:
    """The approval is about what was uploaded, and a storage is not sealed."""
    found = hashlib.sha256()
    try:
        with file.file.open("rb") as stored:
            for chunk in stored.chunks():
                found.update(chunk)
    except OSError as error:
        raise CannotStart(f"The file {file.name} is gone.") from error
    if found.hexdigest() != file.sha256:
        raise CannotStart(f"The file {file.name} is not what was uploaded.")
