"""Who may do what to which rows.

Every queryset that a door shows, and every row it acts on, comes from here. A right is asked
for by a word (``view``, ``run``); `rights.scoped` knows which rows of a model it reaches.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Count, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from jobsmith.errors import NotAllowed, NotFound
from jobsmith.lifecycle import Status
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    GitRepository,
    GraphQLQuery,
    HookFiring,
    Job,
    JobButton,
    JobConsoleEntry,
    JobFile,
    JobHook,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    JobWebhook,
    JobWebhookDelivery,
    Note,
    NotificationDelivery,
    NotificationEvent,
    NotificationRule,
    ScheduledJob,
    Source,
    SourceProblem,
    SourceTree,
    Tag,
    Tally,
    Token,
    Worker,
    WorkerQuerySet,
)
from jobsmith.models.worker import SILENCE
from jobsmith.rights import Actor as Actor
from jobsmith.rights import allowed as allowed
from jobsmith.rights import permission_name as permission_name
from jobsmith.rights import reaches_all as reaches_all
from jobsmith.rights import scoped as scoped

M = TypeVar("M", bound=Model)

NOTABLE: tuple[type[Model], ...] = (
    *(Job, JobQueue, Tag, GraphQLQuery, GitRepository, JobButton, JobHook, JobWebhook),
    *(ScheduledJob, ApprovalWorkflowDefinition, ApprovalWorkflowStageDefinition),
    *(ApprovalWorkflow, ApprovalWorkflowStage),
)
"""Kinds of record that take notes."""


IN_REACH = "in_reach"
"""Whether the user may see the row, where `with_reach` has asked."""


def identity(user: Actor) -> Any:
    """Primary key of whoever asks, whatever type the host's user model gives it."""
    return user.pk


def as_of_now(user: Actor) -> Actor:
    """The user with the rights that are in force now: those of a user object are read once."""
    found: Actor | None = get_user_model()._default_manager.filter(pk=identity(user)).first()
    return found or AnonymousUser()


def nobody() -> Actor:
    """An actor without any rights."""
    return AnonymousUser()


def require(user: Actor, action: str, model: type[Model], saying: str = "") -> None:
    """Raise NotAllowed when the right is missing altogether; doors ask before any look-up."""
    if not allowed(user, action, model):
        raise NotAllowed(saying)


def require_on(user: Actor, action: str, row: Model) -> None:
    """Raise NotAllowed without the right at all, NotFound when this row is out of its reach."""
    require(user, action, type(row))
    if not scoped(type(row), user, action).filter(pk=row.pk).exists():
        raise NotFound


def require_still(user: Actor, action: str, row: Model) -> None:
    """Raise NotAllowed when a change takes the row out of the user's own reach; undoes it."""
    if not scoped(type(row), user, action).filter(pk=row.pk).exists():
        raise NotAllowed("That would take the record out of your own reach.")


def find(rows: QuerySet[M], **lookup: Any) -> M:
    """The one row that matches; NotFound when it does not exist or is out of reach alike."""
    found = rows.filter(**lookup).first()
    if found is None:
        raise NotFound
    return found


def viewable(model: type[M], user: Actor) -> QuerySet[M]:
    """Rows of any model of the host that the user may see; object variables choose from these."""
    return scoped(model, user, "view")


def with_reach(model: type[M], user: Actor) -> QuerySet[M]:
    """All rows of a model, each with `IN_REACH`: a list names what it does not show."""
    seen = viewable(model, user).filter(pk=OuterRef("pk"))
    rows: QuerySet[M] = model._default_manager.annotate(**{IN_REACH: Exists(seen)})
    return rows


def own_requests(user: Actor) -> Q:
    """Requests for approval that the user made, or that would run in their name."""
    key = identity(user)
    if key is None:
        return Q(pk__in=())
    return Q(user=key) | Q(scheduled_job__user=key)


def requests(user: Actor) -> QuerySet[ApprovalWorkflow]:
    """The user's own requests for approval, and with the right to it those of others."""
    rows, seen = ApprovalWorkflow.objects.all(), viewable(ApprovalWorkflow, user)
    if reaches_all(user, "view", ApprovalWorkflow):
        return rows
    return rows.filter(own_requests(user) | Q(pk__in=seen.values("pk")))


def jobs(user: Actor, action: str = "view") -> QuerySet[Job]:
    """Jobs on which the user may ``view``, ``run``, ``change`` or ``delete``."""
    return scoped(Job, user, action)


def pressable(user: Actor) -> QuerySet[JobButton]:
    """Buttons that are switched on and whose job the user may run; that right is all they take."""
    return JobButton.objects.filter(enabled=True, job__in=jobs(user, "run"))


def firings(user: Actor) -> QuerySet[HookFiring]:
    """What came of changes that the hooks in reach have answered."""
    return HookFiring.objects.filter(hook__in=viewable(JobHook, user))


def webhook_deliveries(user: Actor) -> QuerySet[JobWebhookDelivery]:
    """What came of messages that the webhooks in reach have taken."""
    return JobWebhookDelivery.objects.filter(webhook__in=viewable(JobWebhook, user))


def results(user: Actor, action: str = "view") -> QuerySet[JobResult]:
    """Runs on which the user may ``view``, ``change`` or ``delete``."""
    return scoped(JobResult, user, action)


def cancellable(user: Actor) -> QuerySet[JobResult]:
    """Runs that the user may cancel: all with the right to change runs, else their own."""
    if reaches_all(user, "change", JobResult):
        return results(user)
    own = Q(user_id=identity(user))
    return results(user).filter(own | Q(pk__in=results(user, "change").values("pk")))


def logs(user: Actor, result: JobResult) -> QuerySet[JobLogEntry]:
    """Log lines of one run in order: they take their own right, and that to the run."""
    return log_entries(user).filter(job_result=result).order_by("seq")


def log_entries(user: Actor) -> QuerySet[JobLogEntry]:
    """Log lines of all runs in reach."""
    return _of_visible_runs(scoped(JobLogEntry, user, "view"), user)


def kept_result_count(user: Actor, job: UUID | None = None) -> int | None:
    """How many runs there are, or of one job, where that is kept and all are in reach."""
    if not reaches_all(user, "view", JobResult):
        return None
    return Tally.objects.total(Tally.RESULTS, job)


def kept_log_count(user: Actor, run: UUID | None = None) -> int | None:
    """How many log lines there are, or in one run, where that is known without counting."""
    if not reaches_all(user, "view", JobLogEntry):
        return None
    if run is not None:  # numbered from 1 without gaps
        lines = log_entries(user).filter(job_result=run).order_by("-seq")
        return lines.values_list("seq", flat=True).first() or 0
    if not reaches_all(user, "view", JobResult):
        return None
    return Tally.objects.total(Tally.LOGS)


def console(user: Actor, result: JobResult) -> QuerySet[JobConsoleEntry]:
    """Console lines of one run in order: they take their own right, and that to the run."""
    lines = _of_visible_runs(scoped(JobConsoleEntry, user, "view"), user)
    return lines.filter(job_result=result).order_by("seq")


def files(user: Actor) -> QuerySet[JobFile]:
    """Files of the runs in reach: they take their own right, and that to the run."""
    return _of_visible_runs(scoped(JobFile, user, "view"), user)


def _of_visible_runs(rows: QuerySet[M], user: Actor) -> QuerySet[M]:
    """Only what belongs to runs in reach; no look at the runs where all of them are."""
    if reaches_all(user, "view", JobResult):
        return rows
    return rows.filter(job_result__in=results(user))


def queues(user: Actor) -> QuerySet[JobQueue]:
    """Queues in reach."""
    return scoped(JobQueue, user, "view")


def group_sizes() -> dict[Any, int]:
    """How many users each group has that has any; whoever sees a group may know."""
    model = get_user_model()
    if not hasattr(model, "groups"):
        return {}
    rows = model._base_manager.filter(groups__isnull=False).order_by()
    return dict(rows.values_list("groups").annotate(Count("pk")))


_GIT_KEY = Concat(Value("git:"), "slug", output_field=CharField())
"""The key of the source that a repository is."""


def sources(user: Actor) -> QuerySet[Source]:
    """Folder and packages for whoever may see jobs, and what the Git repositories in reach are."""
    is_git = Q(kind=Job.SourceKind.GIT)
    seen = viewable(GitRepository, user).order_by().values(key=_GIT_KEY)
    reach = is_git & Q(key__in=seen)
    return Source.objects.filter(reach | ~is_git if allowed(user, "view", Job) else reach)


def origins(user: Actor, key: str) -> QuerySet[Source]:
    """The source of a job or run in reach, which names it anyway, for whoever may see jobs."""
    rows = Source.objects.filter(key=key)
    return rows if allowed(user, "view", Job) else rows.none()


def serving(user: Actor, key: str) -> QuerySet[SourceTree]:
    """The version of the code that the source of a job or run in reach serves now, without its
    content."""
    rows = SourceTree.objects.filter(sources__in=origins(user, key))
    return rows.defer("archive", "specs")


def problems(user: Actor) -> QuerySet[SourceProblem]:
    """Problems of the sources in reach."""
    return SourceProblem.objects.filter(source__in=sources(user))


def problems_of_file(user: Actor, job: Job) -> QuerySet[SourceProblem]:
    """What is wrong with the file of a job in reach, whether its source is in reach or not."""
    file = str(job.declared.get("file", ""))
    rows = SourceProblem.objects.filter(source__in=origins(user, job.source_key), file=file)
    return rows if file and jobs(user).filter(pk=job.pk).exists() else rows.none()


def workers(user: Actor) -> WorkerQuerySet:
    """Workers: their health is shown to everybody who is signed in."""
    rows = Worker.objects.all()
    return rows if user.is_authenticated else rows.none()


def busy_slots(user: Actor) -> dict[Any, int]:
    """How many runs each worker has: a part of its health, whoever may see the runs."""
    if not user.is_authenticated:
        return {}
    runs = JobResult.objects.filter(status=Status.STARTED.value, worker_id__isnull=False)
    return dict(runs.order_by().values_list("worker_id").annotate(Count("pk")))


def tokens(user: Actor, action: str = "view") -> QuerySet[Token]:
    """The user's own tokens, and with the right to it those of others."""
    own = Q(user_id=identity(user))
    return Token.objects.filter(own | Q(pk__in=scoped(Token, user, action).values("pk")))


def oneself_or(users: QuerySet[M], user: Actor) -> QuerySet[M]:
    """These users and oneself, whom everybody knows: tokens are made for them."""
    everybody: QuerySet[M] = users.model._default_manager.all()
    return everybody.filter(Q(pk=identity(user)) | Q(pk__in=users.values("pk")))


def names_in_sight(keys: Collection[Any], user: Actor) -> dict[Any, str]:
    """Names of those among these users whom the user may see."""
    model = get_user_model()
    seen = oneself_or(viewable(model, user), user)
    return {each.pk: str(each) for each in seen.filter(pk__in=keys)}


def assignments(user: Actor, action: str = "view") -> QuerySet[JobQueueAssignment]:
    """Queues of the jobs in reach."""
    return scoped(JobQueueAssignment, user, action).filter(job__in=jobs(user))


def notes(user: Actor, action: str = "view") -> QuerySet[Note]:
    """Notes on records in reach."""
    on = Q()
    for model in NOTABLE:
        kind = ContentType.objects.get_for_model(model)
        keys = viewable(model, user).values("pk")
        on |= Q(assigned_object_type=kind, assigned_object_id__in=keys)
    return scoped(Note, user, action).filter(on)


TOLD_OF: Mapping[str, Callable[[Actor], QuerySet[Any]]] = {
    NotificationEvent.Kind.RUN_ENDED: results,
    NotificationEvent.Kind.APPROVAL_REQUESTED: lambda user: viewable(ApprovalWorkflow, user),
    NotificationEvent.Kind.APPROVAL_DECIDED: lambda user: viewable(ApprovalWorkflow, user),
    NotificationEvent.Kind.SCHEDULE_PAUSED: lambda user: viewable(ScheduledJob, user),
    NotificationEvent.Kind.SOURCE_PROBLEMS: sources,
}
"""The records that events are about: whoever sees one may be told of it."""


def notifications(user: Actor) -> QuerySet[NotificationDelivery]:
    """What the user was told in Jobsmith and may still see; trials have no record behind them."""
    if not user.is_authenticated:
        return NotificationDelivery.objects.none()
    about = Q(event__kind=NotificationEvent.Kind.TEST)
    for kind, rows in TOLD_OF.items():
        about |= Q(event__kind=kind, event__subject__in=rows(user).order_by().values("pk"))
    own = NotificationDelivery.objects.filter(about, user_id=identity(user), in_app=True)
    return own.select_related("event")


def deliveries(user: Actor, action: str = "view") -> QuerySet[NotificationDelivery]:
    """What became of messages of the rules on which the user has the right."""
    rules = scoped(NotificationRule, user, action)
    return NotificationDelivery.objects.filter(rule__in=rules).select_related("event")


# Reads of the server itself, which acts for nobody: its administrator's commands and what watches
# its processes. A contract test names the modules that may use them.


def everything(model: type[M]) -> QuerySet[M]:
    """All rows of a model, whoever asks; for the server itself only."""
    return model._default_manager.all()


def living(within: timedelta = SILENCE) -> WorkerQuerySet:
    """Workers and schedulers that have beaten lately, whoever asks; for the server itself only."""
    return Worker.objects.alive(within=within)
