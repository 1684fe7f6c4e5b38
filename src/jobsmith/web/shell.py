"""What the frame of every page shows: places, worker health, theme."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Count, Model, QuerySet, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property

from jobsmith import policies
from jobsmith.approving import awaiting
from jobsmith.conf import conf
from jobsmith.database import DATABASE_FAULTS
from jobsmith.engines import listening_workers
from jobsmith.lifecycle import Status
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    BlackoutCalendar,
    GitRepository,
    Job,
    JobButton,
    JobHook,
    JobQueue,
    JobResult,
    JobWebhook,
    NotificationRule,
    ObjectChange,
    ObjectPermission,
    ScheduledJob,
    Tag,
    Token,
    Worker,
)
from jobsmith.policies import Actor

THEME_COOKIE = "jobsmith_theme"
THEMES = ("light", "dark")
MOST_UNREAD = 99

ADMINISTRATION: tuple[tuple[str, str, str, type[Model]], ...] = (
    ("users", "Users", "user", get_user_model()),
    ("groups", "Groups", "group", Group),
    ("permissions", "Permissions", "shield", ObjectPermission),
    ("tokens", "Tokens", "key", Token),
    ("repositories", "Repositories", "git", GitRepository),
    ("buttons", "Job buttons", "button", JobButton),
    ("hooks", "Job hooks", "hook", JobHook),
    ("webhooks", "Job webhooks", "dl", JobWebhook),
    ("notification_rules", "Notification rules", "bell", NotificationRule),
    ("queues", "Queues", "s-queued", JobQueue),
    ("workers", "Workers", "worker", Worker),
    ("approval_definitions", "Approval rules", "approval", ApprovalWorkflowDefinition),
    ("calendars", "Blackouts", "clock", BlackoutCalendar),
    ("tags", "Tags", "tag", Tag),
    ("audit", "Audit", "list", ObjectChange),
)
"""Key, title, icon, and the records that one must be allowed to see."""
LISTS = {"audit": "changes"}
"""Names of addresses that differ from the key."""

INTERFACES = (
    ("api", "API docs", "jobsmith-api:docs", "jobsmith-api:docs", "braces"),
    ("graphql", "GraphQL", "jobsmith-graphql:graphql", "jobsmith:graphql", "graph"),
)
"""Key, title, the door that must be open, the page, and the icon."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    key: str
    title: str
    address: str
    icon: str
    count: int | None = None
    hot: bool = False


def _count(rows: QuerySet[Any]) -> int | None:
    """How many, where there are any; the frame also surrounds what says that a table is gone."""
    try:
        return rows.count() or None
    except DATABASE_FAULTS:
        return None


def _tally(rows: QuerySet[Any], name: str) -> QuerySet[Any, Any]:
    """How many rows there are, beside a name."""
    named = rows.order_by().annotate(tally=Value(name)).values("tally")
    found: QuerySet[Any, Any] = named.annotate(many=Count("pk")).values_list("tally", "many")
    return found


class Shell:
    """The frame for one request; everything is asked for only when it is shown."""

    def __init__(self, request: HttpRequest, current: str = "") -> None:
        self._request = request
        self.current = current

    @cached_property
    def theme(self) -> str:
        """``light``, ``dark`` or "" for the system's."""
        theme = self._request.COOKIES.get(THEME_COOKIE, "")
        return theme if theme in THEMES else ""

    @cached_property
    def signed_in(self) -> bool:
        """Whether the viewer is known."""
        user = getattr(self._request, "user", None)
        return bool(user and user.is_authenticated)

    @cached_property
    def name(self) -> str:
        """The viewer's name."""
        return str(self._request.user.get_username())

    @cached_property
    def unread(self) -> str:
        """How many notifications the viewer has not read; "" for none."""
        count = self._tallies.get("unread", 0)
        return f"{MOST_UNREAD}+" if count > MOST_UNREAD else str(count or "")

    @cached_property
    def none(self) -> str:
        """What an empty list says of records of which the viewer may see only some."""
        return (
            "None." if getattr(self._request.user, "is_superuser", 0) else "None that you may see."
        )

    @cached_property
    def _tallies(self) -> dict[str, int]:
        """What every page counts, in one query; nothing where a table is gone."""
        user = self._request.user
        unread = policies.notifications(user).filter(read_at=None)
        counted = _tally(unread, "unread").union(_tally(policies.problems(user), "problems"))
        try:
            return dict(counted)
        except DATABASE_FAULTS:
            return {}

    @cached_property
    def places(self) -> list[Place]:
        """Only places that exist, and that the viewer may see."""
        jobs = Place("jobs", "Jobs", reverse("jobsmith:index"), "jobs")
        found = (jobs, self.runs, self._schedules(), self._approvals(), self._problems())
        return [place for place in found if place]

    @cached_property
    def runs(self) -> Place | None:
        """The place of runs, with the number of those that run now."""
        user = self._request.user
        if not policies.allowed(user, "view", JobResult):
            return None
        running = _count(policies.results(user).filter(status=Status.STARTED))
        return Place("runs", "Runs", reverse("jobsmith:runs"), "runs", running)

    def _schedules(self) -> Place | None:
        if not policies.allowed(self._request.user, "view", ScheduledJob):
            return None
        return Place("schedules", "Schedules", reverse("jobsmith:schedules"), "clock")

    def _approvals(self) -> Place | None:
        """With the number of requests that wait for a decision of the viewer."""
        user = self._request.user
        asks = policies.allowed(user, "run", Job)
        if not asks and not policies.allowed(user, "view", ApprovalWorkflow):
            return None
        decides = policies.allowed(user, "change", ApprovalWorkflowStage)
        count = _count(awaiting(user)) if decides else None
        address = reverse("jobsmith:approvals")
        return Place("approvals", "Approvals", address, "approval", count, hot=True)

    def _problems(self) -> Place | None:
        user = self._request.user
        if not policies.allowed(user, "view", Job):
            return None
        count = self._tallies.get("problems") or None
        address = reverse("jobsmith:problems")
        return Place("problems", "Problems", address, "problem", count, hot=True)

    @cached_property
    def sections(self) -> list[tuple[str, list[Place]]]:
        """Further parts of the rail, with only the places that the viewer may go to."""
        user = self._request.user
        kept = [
            Place(key, title, reverse(f"jobsmith:{LISTS.get(key, key)}"), icon)
            for key, title, icon, model in ADMINISTRATION
            if policies.allowed(user, "view", model)
        ]
        found = [("Records", _hosts(user)), ("Interfaces", _interfaces()), ("Administration", kept)]
        return [(title, places) for title, places in found if places]

    @cached_property
    def workers(self) -> int:
        """Workers that take runs."""
        return len(listening_workers(policies.workers(self._request.user)))

    @cached_property
    def health(self) -> str:
        """Worker health in words."""
        if not self.workers:
            return "No worker is running"
        return f"{self.workers} worker{'s' if self.workers > 1 else ''} up"


def _hosts(user: Actor) -> list[Place]:
    """Pages of the host that it wants here, without those of records out of the viewer's sight."""
    return [
        Place(name, title, reverse(name), "list")
        for title, name, *kinds in conf().places
        if all(policies.allowed(user, "view", apps.get_model(kind)) for kind in kinds)
    ]


def _interfaces() -> list[Place]:
    """Other doors, as far as the host opens them."""
    found = []
    for key, title, door, name, icon in INTERFACES:
        try:
            reverse(door)
            found.append(Place(key, title, reverse(name), icon))
        except NoReverseMatch:
            continue
    return found
