"""What is told of events: never inputs, results or messages of jobs, as those may be secret."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.lifecycle import LABELS, Cause, Status
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    Job,
    JobResult,
    NotificationEvent,
    NotificationRule,
    ScheduledJob,
    Source,
)
from jobsmith.policies import Actor

Kind = NotificationEvent.Kind
Event = NotificationRule.Event

LOST = {
    *(Cause.WORKER_LOST, Cause.WORKER_STOPPED, Cause.TIME_LIMIT, Cause.SOFT_TIME_LIMIT),
    *(Cause.OUT_OF_MEMORY, Cause.NOT_STARTED),
}
_OF_STATUS = {
    Status.SUCCESS: (Event.RUN_SUCCEEDED, "succeeded"),
    Status.FAILURE: (Event.RUN_FAILED, "failed"),
    Status.REVOKED: (Event.RUN_CANCELLED, "was cancelled"),
}
_DECIDED = {
    ApprovalState.APPROVED: "was approved",
    ApprovalState.DENIED: "was denied",
    ApprovalState.CANCELED: "is not asked for any more",
}
TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as recipients are told of it, and what rules choose by."""

    names: frozenset[str]
    """Events of rules that it is."""
    title: str
    status: str = ""
    """Of the run, the request or the schedule, in the words of the pages."""
    cause: str = ""
    job: str = ""
    who: str = ""
    page: str = ""
    """Path of the page about it."""
    jobs: frozenset[UUID] = field(default_factory=frozenset)
    owner: Any = None
    """Key of the user whose it is."""

    @property
    def facts(self) -> dict[str, Any]:
        """As it is kept with the event."""
        kept = asdict(self)
        return {
            "event": sorted(self.names)[0] if self.names else "test",
            **{name: kept[name] for name in ("title", "status", "cause", "job", "who", "page")},
        }


def tell(kind: str, keys: Collection[UUID]) -> dict[UUID, Told]:
    """What is told of each subject that is still there."""
    return {row.pk: _TOLD[kind](row) for row in _ROWS[kind](keys)}


def visible(kind: str, keys: Collection[UUID], user: Actor) -> set[UUID]:
    """Those of the subjects that the user may see now."""
    return set(_REACH[kind](user).filter(pk__in=keys).values_list("pk", flat=True))


def link(page: str) -> str:
    """The address of a page for whoever is not at one of ours: with the host, where that is set."""
    return f"{conf().public_url.rstrip('/')}{page}" if page else ""


def _run(run: JobResult) -> Told:
    name, verb = _OF_STATUS[Status(run.status)]
    lost = run.status == Status.FAILURE and run.cause in LOST
    return Told(
        names=frozenset({name, Event.RUN_LOST} if lost else {name}),
        title=f"{run.name} {verb}"[:TITLE],
        status=LABELS[Status(run.status)],
        cause=run.cause,
        job=run.name,
        who=_named(run.user),
        page=_page("run", run.pk),
        jobs=_keys(run.job_model_id),
        owner=run.user_id,
    )


def _approval(workflow: ApprovalWorkflow, names: str, title: str) -> Told:
    job = workflow.job_model
    return Told(
        names=frozenset({names}),
        title=title[:TITLE],
        status=workflow.current_state,
        job=job.name if job else "",
        who=workflow.user_name,
        page=_page("approval", workflow.pk),
        jobs=_keys(workflow.job_model_id),
        owner=workflow.user_id,
    )


def _requested(workflow: ApprovalWorkflow) -> Told:
    return _approval(workflow, Event.APPROVAL_REQUESTED, f"Approval is wanted: {workflow.name}")


def _decided(workflow: ApprovalWorkflow) -> Told:
    verb = _DECIDED.get(ApprovalState(workflow.current_state), "was decided")
    return _approval(workflow, Event.APPROVAL_DECIDED, f"{workflow.name} {verb}")


def _paused(schedule: ScheduledJob) -> Told:
    return Told(
        names=frozenset({Event.SCHEDULE_PAUSED}),
        title=f"Schedule {schedule.name} was paused"[:TITLE],
        status="Paused",
        job=schedule.job_model.name if schedule.job_model else "",
        who=_named(schedule.user),
        page=_page("schedule", schedule.pk),
        jobs=_keys(schedule.job_model_id),
        owner=schedule.user_id,
    )


def _broken(source: Source) -> Told:
    jobs = Job.objects.filter(source_key=source.key).values_list("pk", flat=True)
    return Told(
        names=frozenset({Event.SOURCE_PROBLEMS}),
        title=f"{source} has new problems"[:TITLE],
        page=_page("problems"),
        jobs=frozenset(jobs),
    )


def _keys(key: UUID | None) -> frozenset[UUID]:
    return frozenset({key} if key else ())


def _named(user: Any) -> str:
    return str(user.get_username())[:150] if user else ""


def _page(name: str, *args: Any) -> str:
    """ "" where the host does not serve the pages."""
    try:
        return reverse(f"jobsmith:{name}", args=args)
    except NoReverseMatch:
        return ""


def _runs(keys: Collection[UUID]) -> Iterable[JobResult]:
    """Without what may be large."""
    names = ("name", "status", "cause", "user", "job_model")
    return JobResult.objects.filter(pk__in=keys).only(*names).prefetch_related("user")


def _requests(keys: Collection[UUID]) -> Iterable[ApprovalWorkflow]:
    return ApprovalWorkflow.objects.filter(pk__in=keys).select_related("job_model")


_ROWS: Mapping[str, Callable[[Collection[UUID]], Iterable[Any]]] = {
    Kind.RUN_ENDED: _runs,
    Kind.APPROVAL_REQUESTED: _requests,
    Kind.APPROVAL_DECIDED: _requests,
    Kind.SCHEDULE_PAUSED: lambda keys: ScheduledJob.objects.filter(pk__in=keys),
    Kind.SOURCE_PROBLEMS: lambda keys: Source.objects.filter(pk__in=keys),
}
_TOLD: Mapping[str, Callable[[Any], Told]] = {
    Kind.RUN_ENDED: _run,
    Kind.APPROVAL_REQUESTED: _requested,
    Kind.APPROVAL_DECIDED: _decided,
    Kind.SCHEDULE_PAUSED: _paused,
    Kind.SOURCE_PROBLEMS: _broken,
}
_REACH: Mapping[str, Callable[[Actor], QuerySet[Any]]] = policies.TOLD_OF
