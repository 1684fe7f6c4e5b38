"""Who may do what to which rows.

Every queryset that a door shows, and every row it acts on, comes from here. A right is asked
for as a Django permission (``jobsmith.run_job``); `scoped` is the one place where finer rights
(object permissions) narrow the rows.
"""

from typing import Any, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from jobsmith.errors import NotAllowed, NotFound
from jobsmith.models import (
    Job,
    JobConsoleEntry,
    JobFile,
    JobLogEntry,
    JobQueue,
    JobResult,
    Source,
    SourceProblem,
    Token,
    Worker,
    WorkerQuerySet,
)

Actor = AbstractBaseUser | AnonymousUser
"""Whoever asks."""

M = TypeVar("M", bound=Model)


def permission_name(model: type[Model], action: str) -> str:
    """``app_label.action_model``, as Django names permissions."""
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


def allowed(user: Actor, action: str, model: type[Model]) -> bool:
    """Whether the user has the right at all, for any row."""
    has_perm = getattr(user, "has_perm", None)
    return bool(user.is_active and has_perm and has_perm(permission_name(model, action)))


def identity(user: Actor) -> Any:
    """Primary key of whoever asks, whatever type the host's user model gives it."""
    return user.pk


def require(user: Actor, action: str, model: type[Model]) -> None:
    """Raise NotAllowed when the right is missing altogether; doors ask before any look-up."""
    if not allowed(user, action, model):
        raise NotAllowed


def scoped(model: type[M], user: Actor, action: str) -> QuerySet[M]:
    """The rows of ``model`` on which the user has the right."""
    rows = model._default_manager.all()
    return rows if allowed(user, action, model) else rows.none()


def require_on(user: Actor, action: str, row: Model) -> None:
    """Raise NotAllowed without the right at all, NotFound when this row is out of its reach."""
    require(user, action, type(row))
    if not scoped(type(row), user, action).filter(pk=row.pk).exists():
        raise NotFound


def find(rows: QuerySet[M], **lookup: Any) -> M:
    """The one row that matches; NotFound when it does not exist or is out of reach alike."""
    found = rows.filter(**lookup).first()
    if found is None:
        raise NotFound
    return found


def viewable(model: type[M], user: Actor) -> QuerySet[M]:
    """Rows of any model of the host that the user may see; object variables choose from these."""
    return scoped(model, user, "view")


def jobs(user: Actor, action: str = "view") -> QuerySet[Job]:
    """Jobs on which the user may ``view``, ``run``, ``change`` or ``delete``."""
    return scoped(Job, user, action)


def results(user: Actor, action: str = "view") -> QuerySet[JobResult]:
    """Runs on which the user may ``view``, ``change`` or ``delete``."""
    return scoped(JobResult, user, action)


def cancellable(user: Actor) -> QuerySet[JobResult]:
    """Runs that the user may cancel: all with the right to change runs, else their own."""
    if allowed(user, "change", JobResult):
        return results(user)
    return results(user).filter(user_id=identity(user))


def logs(user: Actor, result: JobResult) -> QuerySet[JobLogEntry]:
    """Log lines of one run in order; seeing the run is the right to read its log."""
    visible = results(user).filter(pk=result.pk)
    return JobLogEntry.objects.filter(job_result__in=visible, job_result=result).order_by("seq")


def log_entries(user: Actor) -> QuerySet[JobLogEntry]:
    """Log lines of all runs in reach."""
    return scoped(JobLogEntry, user, "view").filter(job_result__in=results(user))


def console(user: Actor, result: JobResult) -> QuerySet[JobConsoleEntry]:
    """Console lines of one run in order."""
    visible = results(user).filter(pk=result.pk)
    lines = JobConsoleEntry.objects.filter(job_result__in=visible, job_result=result)
    return lines.order_by("seq")


def files(user: Actor) -> QuerySet[JobFile]:
    """Files of the runs in reach."""
    return JobFile.objects.filter(job_result__in=results(user))


def queues(user: Actor) -> QuerySet[JobQueue]:
    """Queues in reach."""
    return scoped(JobQueue, user, "view")


def sources(user: Actor) -> QuerySet[Source]:
    """Sources; whoever may see jobs may see where they come from."""
    rows = Source.objects.all()
    return rows if allowed(user, "view", Job) else rows.none()


def problems(user: Actor) -> QuerySet[SourceProblem]:
    """Problems of the sources in reach."""
    return SourceProblem.objects.filter(source__in=sources(user))


def workers(user: Actor) -> WorkerQuerySet:
    """Workers: their health is shown to everybody who is signed in."""
    rows = Worker.objects.all()
    return rows if user.is_authenticated else rows.none()


def tokens(user: Actor) -> QuerySet[Token]:
    """The user's own tokens."""
    return Token.objects.filter(user_id=identity(user))
