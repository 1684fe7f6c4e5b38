"""Record a run and hand it to the engine, or the request to approve it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from django.db import IntegrityError
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from jobsmith import policies
from jobsmith.approving import facts_of_run, is_watched
from jobsmith.catalog.versions import CodeVersion
from jobsmith.conf import conf
from jobsmith.engines import SOON, listening_workers
from jobsmith.errors import (
    ApprovalNeeded,
    CodeGone,
    InputsRefused,
    JobChanged,
    JobDisabled,
    JobNotInstalled,
    NoWorker,
    QueueDraining,
    QueueRefused,
)
from jobsmith.inputs.codec import CleanInputs, encode
from jobsmith.inputs.keyed import keyed_hash
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import (
    Job,
    JobFile,
    JobQueue,
    JobResult,
    ScheduledJob,
    Source,
    SourceTree,
)
from jobsmith.policies import Actor
from jobsmith.processes import frames
from jobsmith.sources.sandboxes import level_of

from .about import about
from .ask_approval import OPEN, Passage, as_request, pass_gate
from .concurrency import concurrency_key, enter, make_room
from .hinting import hint_after_commit
from .once import Once, first_run, remember
from .priority import refuse_priority
from .retries import retries_of
from .run_form import spec_of
from .store_files import discard_unrecorded, store_files
from .transactions import changes

DIGEST, LABEL = "served_digest", "served_label"
"""The version of the code that serves now, beside its job."""
BATCH = 500
HOOK = "hook"
"""The door of runs that answer changes; they need no right of whoever made the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run, as opposed to what with."""

    queue: str = ""
    """Name of one of the job's queues; "" means its default."""
    priority: int = 0
    """Higher goes first; see `priority`."""
    console_log: bool | None = None
    """None means the job's default."""
    rerun_of: JobResult | None = None
    version: CodeVersion | None = None
    """The code to run, and to read the inputs by; None means the code that serves now."""
    door: str = ""
    """Which door asks: ``web``, ``api``, ``cli``."""
    schedule: ScheduledJob | None = None
    """Set, the clock or a person starts what was scheduled."""
    by_clock: bool = False
    """Nobody waits for an answer: it is accepted without a worker and while its queue drains."""
    in_turn: bool = False
    """Begin only when the runs that the schedule started before have ended."""
    once: Once | None = None
    """Set, a request that comes twice gives one run."""


Accepted = JobResult | ScheduledJob
"""What became of a request: a run, or what waits for approval."""


def enqueue_job(
    job: Job, *, user: Actor, inputs: CleanInputs, options: RunOptions = RunOptions()
) -> Accepted:
    """Accept a run: it is PENDING and lasting when this returns, and the engine knows of it.

    What needs approval becomes a scheduled job instead, which waits for it without a run.
    Raises NotAllowed, JobDisabled, JobNotInstalled, JobChanged, QueueRefused, QueueDraining,
    PriorityRefused, LimitReached, InputsRefused (when they are too large), CodeGone, NoWorker,
    KeyReused or Busy, and ApprovalNeeded for what is due by the clock without an approval that
    fits; then there is no row and no file. Where its job skips runs that are too many, it has
    ended.
    """
    job = as_it_is(job, options.version)
    may_run(job, user)
    refuse_priority(job, user, options.priority)
    return _accept(job, user, inputs, options)


def enqueue_own_job(
    job: Job, *, user: Actor, inputs: CleanInputs, options: RunOptions = RunOptions()
) -> JobResult:
    """Accept a run of one of our own jobs, for a verb that has asked for its own right.

    Raises what `enqueue_job` raises, except NotAllowed.
    """
    job = as_it_is(job, options.version)
    must_be_runnable(job)
    made = _accept(job, user, inputs, options, is_gated=False)
    if not isinstance(made, JobResult):  # our own jobs take a right of their own, and no approval
        raise ApprovalNeeded
    return made


def enqueue_many(
    job: Job, wanted: Sequence[tuple[Actor, CleanInputs]], options: RunOptions
) -> list[Accepted]:
    """Accept many runs of one job in the caller's transaction; they wait for a worker, and
    until a queue that drains is resumed.

    For a verb that has asked for its own right; what needs approval waits for it. Raises what
    `enqueue_own_job` raises, except NoWorker and QueueDraining; takes no files and no version.
    """
    job = as_it_is(job, None)
    must_be_runnable(job)
    queue = queue_of(job, options.queue)
    make_room(job)
    kept = [(user, _kept(job, inputs, options, {})) for user, inputs in wanted]
    if is_watched(job):
        return [_let_through(job, user, queue, each, options) for user, each in kept]
    rows = [_made(job, user, queue, each, options) for user, each in kept]
    JobResult.objects.bulk_create(rows, batch_size=BATCH)
    for (user, _), result in zip(wanted, rows, strict=True):
        enter(job, result, user=user)
    keys = [str(each.pk) for each in rows]
    hint_after_commit(keys)
    return list(rows)


def _accept(
    job: Job, user: Actor, inputs: CleanInputs, options: RunOptions, *, is_gated: bool = True
) -> Accepted:
    queue = queue_of(job, options.queue)
    if not options.by_clock:
        refuse_draining(queue)
        require_worker(queue)
    make_room(job)
    files = store_files(inputs.files, user=user)
    try:
        with changes():
            if options.version:
                _hold(options.version)
            kept = _kept(job, inputs, options, files)
            ask = _let_through if is_gated else record_run
            made = ask(job, user, queue, kept, options)
            if options.once:
                remember(options.once, made, user=user)
    except BaseException as error:
        discard_unrecorded(files.values())
        if isinstance(error, IntegrityError) and (first := first_run(options.once, user=user)):
            return first
        raise
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Inputs as they are recorded."""

    plain: dict[str, Any]
    sealed: str
    files: Mapping[str, JobFile]
    """Uploads by variable; not saved yet."""
    about: Mapping[str, str] = field(default_factory=dict)


def _kept(job: Job, inputs: CleanInputs, options: RunOptions, files: Mapping[str, JobFile]) -> Kept:
    named = {name: {"file": str(file.pk), "name": file.name} for name, file in files.items()}
    plain, secret = split_inputs(job, inputs, options.version, named)
    sealed = seal(secret) if secret else ""
    return Kept(plain=plain, sealed=sealed, files=files, about=about(job, inputs.values))


def _let_through(
    job: Job, user: Actor, queue: JobQueue, kept: Kept, options: RunOptions
) -> Accepted:
    """A run where the gate is open, else the request that waits at it."""
    if options.by_clock and options.schedule:
        passage = pass_gate(options.schedule, job, user=user, files=(), by_clock=True)
    else:
        request = as_request(job, user, queue, kept.plain, kept.sealed)
        request.priority = options.priority
        request.asked = _asked(options) | ({} if user.pk else {"nobodys": True})
        request.asked |= {"about": dict(kept.about)} if kept.about else {}
        request.task = options.version.class_path if options.version else job.class_path
        passage = pass_gate(request, job, user=user, files=kept.files.values())
    if isinstance(passage, ScheduledJob):
        return passage
    if passage.approval and options.schedule:  # it runs as it was approved
        schedule = options.schedule
        kept = Kept(plain=schedule.kwargs, sealed=schedule.sealed_kwargs, files={})
    return record_run(job, user, queue, kept, options, passage)


def _asked(options: RunOptions) -> dict[str, Any]:
    """How it was asked for, to be started like that."""
    version = options.version
    code = asdict(version) if version else {}
    return {
        "code": {name: value for name, value in code.items() if name != "declared"},
        "priority": options.priority,
        "console_log": options.console_log,
        "rerun_of": str(options.rerun_of.pk) if options.rerun_of else None,
        "door": options.door,
    }


def refuse_draining(queue: JobQueue) -> None:
    """Raise QueueDraining where a person asks for a run in a queue that takes no new ones."""
    if queue.state == JobQueue.State.DRAINING:
        by = f" by {queue.state_by}" if queue.state_by else ""
        raise QueueDraining(f"Queue {queue.name} takes no new runs now: it is being drained{by}.")


def _hold(version: CodeVersion) -> None:
    """Keep the version from being pruned until the run that names it is there."""
    if not SourceTree.objects.filter(pk=version.digest).update(used_at=timezone.now()):
        raise CodeGone


def may_run(job: Job, user: Actor) -> None:
    """Raise the reason why this user may not run this job now, if there is one."""
    policies.require_on(user, "run", job)
    must_be_runnable(job)


def must_be_runnable(job: Job) -> None:
    """Raise JobDisabled or JobNotInstalled."""
    if not job.enabled:
        raise JobDisabled
    if not job.installed:
        raise JobNotInstalled


def as_it_is(job: Job, version: CodeVersion | None) -> Job:
    """The job and the version of its code as one query finds them: no sync comes between.

    The inputs were checked against an earlier look at the job. Raises JobChanged when a sync has
    since changed what it asks for.
    """
    source = Source.objects.filter(key=OuterRef("source_key"))
    digest, label = (Subquery(source.values(each)[:1]) for each in ("tree_id", "tree__label"))
    rows = Job.objects.select_related("default_job_queue").annotate(
        **{DIGEST: digest, LABEL: label}
    )
    found = rows.filter(pk=job.pk).first()
    if found is None:
        raise JobNotInstalled
    if version is None and _asked_for(found) != _asked_for(job):
        raise JobChanged
    return found


def _asked_for(job: Job) -> str:
    asked = [job.declared.get(each) for each in ("variables", "validates_data")]
    return json.dumps(asked, sort_keys=True)


def require_worker(queue: JobQueue) -> None:
    """Raise NoWorker when nobody has listened on the queue for 30 s.

    People are told at once instead of being left waiting; ``ACCEPT_WITHOUT_WORKER`` accepts.
    """
    if conf().accept_without_worker:
        return
    if not any(queue.name in worker.queues for worker in listening_workers()):
        raise NoWorker(f"No worker is listening on queue {queue.name}. Start one and try again.")


def queue_of(job: Job, name: str) -> JobQueue:
    """The job's queue with that name, or its default; raises QueueRefused."""
    if not name:
        return job.default_job_queue
    queue = JobQueue.objects.filter(name=name, job_assignments__job=job).first()
    if queue is None and name == job.default_job_queue.name:
        queue = job.default_job_queue
    if queue is None:
        raise QueueRefused(f'"{name}" is not a valid choice.')
    return queue


def record_run(
    job: Job,
    user: Actor,
    queue: JobQueue,
    kept: Kept,
    options: RunOptions,
    passage: Passage = OPEN,
) -> JobResult:
    """The row of a run that may be; inside a transaction, after which the engine knows of it."""
    result = _made(job, user, queue, kept, options, passage)
    result.save(force_insert=True)
    for file in kept.files.values():
        file.job_result = result
    JobFile.objects.bulk_create(kept.files.values())
    if passage == OPEN:  # what was approved waits for its place, and a dry run takes none
        enter(job, result, user=user)
    if passage.is_dry_run:
        _bind_dry_run(result)
    hint_after_commit([str(result.pk)])
    return result


def _made(
    job: Job,
    user: Actor,
    queue: JobQueue,
    kept: Kept,
    options: RunOptions,
    passage: Passage = OPEN,
) -> JobResult:
    """The row, not saved yet."""
    return JobResult(
        id=uuid.uuid4(),
        job_model=job,
        name=job.name,
        user_id=user.pk,
        task_kwargs=kept.plain,
        sealed_kwargs=kept.sealed,
        celery_kwargs={"queue": queue.name},
        job_queue=queue,
        priority=options.priority,
        soft_time_limit=job.soft_time_limit or conf().soft_time_limit,
        time_limit=job.time_limit or conf().time_limit,
        **retries_of(job, options.version),
        console_log=job.console_log_default if options.console_log is None else options.console_log,
        rerun_of=options.rerun_of,
        scheduled_job=options.schedule,
        in_turn=options.in_turn,
        waiting_reason=SOON,
        concurrency_key=concurrency_key(job, {**kept.plain, **open_sealed(kept.sealed)}),
        approval=passage.approval,
        door=options.door,
        **_code(job, options.version),
    )


def _bind_dry_run(result: JobResult) -> None:
    """Let it pass the claim, as long as it stays just this dry run."""
    result.refresh_from_db()
    result.dry_run_digest = keyed_hash(facts_of_run(result, "dry run"))
    result.save(update_fields=["dry_run_digest"])


def split_inputs(
    job: Job,
    inputs: CleanInputs,
    version: CodeVersion | None = None,
    files: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs as (kept in clear, sealed); a sensitive job seals them all. Raises InputsRefused
    when they are too large."""
    plain, secret = encode(spec_of(job, version), inputs)
    plain |= files
    _refuse_large(plain | secret)
    return ({}, plain | secret) if job.has_sensitive_variables else (plain, secret)


def _refuse_large(inputs: dict[str, Any]) -> None:
    """They have to fit into one message to the run's process, and are read with every run."""
    size, limit = len(frames.to_json(inputs)), conf().max_input_bytes
    if size > limit:
        sentence = (
            f"The inputs take {size:,} bytes, and {limit:,} are allowed. Send a file instead."
        )
        raise InputsRefused({"__all__": [sentence]}, sentence)


def _code(job: Job, version: CodeVersion | None) -> dict[str, str]:
    return {
        "class_path": version.class_path if version else job.class_path,
        "source": job.source,
        "source_key": job.source_key,
        "isolation": level_of(job.source_key).value,
        "source_digest": version.digest if version else getattr(job, DIGEST) or "",
        "source_label": version.label if version else getattr(job, LABEL) or "",
    }
