"""Who asks: nine roles, and two more that try the corners."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model

from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
    BlackoutCalendar,
    GitRepository,
    GraphQLQuery,
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
    Note,
    NotificationRule,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    Tag,
    Token,
)

User: type[Model] = get_user_model()

EVERYTHING, OWN, ALPHA = "everything", "own", "alpha"
"""Scopes of a grant: all rows, those of whoever asks, those whose name begins with alpha."""

APPROVALS = (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
)
LINES = (JobLogEntry, JobConsoleEntry, JobFile)
CATALOGUE = (
    Job,
    GitRepository,
    JobButton,
    JobHook,
    BlackoutCalendar,
    JobWebhook,
    JobQueue,
    JobQueueAssignment,
    NotificationRule,
    Tag,
    Note,
    GraphQLQuery,
    ScheduledJob,
    *APPROVALS,
)
ACCESS = (User, Group, ObjectPermission, Token, ObjectChange)
ALL = (*CATALOGUE, JobResult, *LINES, *ACCESS)

CONSTRAINTS: dict[tuple[str, type[Model]], dict[str, Any]] = {
    (OWN, JobResult): {"user": "$user"},
    (OWN, JobLogEntry): {"job_result__user": "$user"},
    (ALPHA, Job): {"name__startswith": "alpha"},
    (ALPHA, JobResult): {"job_model__name__startswith": "alpha"},
    **{(ALPHA, kind): {"job_result__name__startswith": "alpha"} for kind in LINES},
    **{
        (ALPHA, kind): {"name__startswith": "alpha"}
        for kind in (
            JobQueue,
            JobButton,
            JobHook,
            BlackoutCalendar,
            NotificationRule,
            JobWebhook,
            GitRepository,
            Tag,
            GraphQLQuery,
            ScheduledJob,
            ApprovalWorkflow,
            ApprovalWorkflowDefinition,
            ApprovalWorkflowStage,
            ApprovalWorkflowStageDefinition,
            Group,
            ObjectPermission,
        )
    },
    (ALPHA, JobQueueAssignment): {"job__name__startswith": "alpha"},
    (ALPHA, ApprovalWorkflowStageResponse): {"comments__startswith": "alpha"},
    (ALPHA, Note): {"note__startswith": "alpha"},
    (ALPHA, User): {f"{User.USERNAME_FIELD}__startswith": "alpha"},  # type: ignore[attr-defined]
    (ALPHA, Token): {"description__startswith": "alpha"},
    (ALPHA, ObjectChange): {"object_repr__startswith": "alpha"},
}
"""How a scope is written as an object permission."""


@dataclass(frozen=True)
class Grant:
    """Rights on some rows of some kinds of record."""

    actions: tuple[str, ...]
    kinds: tuple[type[Model], ...]
    scope: str = EVERYTHING
    django: bool = False
    """Given as Django's own permission, not as an object permission."""


@dataclass(frozen=True)
class Role:
    """Somebody, by what they may do."""

    name: str
    grants: tuple[Grant, ...] = ()
    is_superuser: bool = False
    is_signed_in: bool = True

    def __str__(self) -> str:
        return self.name

    def scopes(self, action: str, kind: type[Model]) -> list[str]:
        """Scopes of the grants of a right; none when it is missing altogether."""
        if self.is_superuser:
            return [EVERYTHING]
        found = (each for each in self.grants if action in each.actions and kind in each.kinds)
        return [each.scope for each in found]


VIEW = ("view",)
VIEWER = Grant(VIEW, (*CATALOGUE, JobResult, *LINES), django=True)

ROLES = (
    Role("anonymous", is_signed_in=False),
    Role("no rights"),
    Role("viewer", (VIEWER,)),
    Role(
        "own-runs viewer",
        (Grant(VIEW, (JobResult, JobLogEntry), OWN), Grant(VIEW, (JobFile,))),
    ),
    Role(
        "constrained runner",
        (Grant(("view", "run"), (Job,), ALPHA), Grant(VIEW, (JobResult, *LINES), ALPHA)),
    ),
    Role("runner", (Grant(("view", "run"), (Job,)), Grant(VIEW, (JobResult, JobLogEntry)))),
    Role("approver", (VIEWER, Grant(("change",), (JobResult,), django=True))),
    Role(
        "administrator",
        (
            Grant(("view", "add", "change", "delete"), ALL, django=True),
            Grant(("run",), (Job,), django=True),
        ),
    ),
    Role("superuser", is_superuser=True),
    # Beyond the nine: all rights, all of them constrained; and rights to act without those to see.
    Role("keeper", (Grant(("view", "add", "change", "delete", "run"), ALL, ALPHA),)),
    Role("blind", (Grant(VIEW, LINES), Grant(("run",), (Job,)), Grant(("add",), (Note, Tag)))),
)
NINE = tuple(each.name for each in ROLES[:9])
