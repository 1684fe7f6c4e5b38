"""The catalogue: every job the viewer may see."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from jobsmith import policies
from jobsmith.lifecycle import Status
from jobsmith.models import Job
from jobsmith.policies import Actor

from ..history import History, histories
from ..page import page, show
from ..paging import Paged, paged

STATES = {
    "running": Q(last_status__in=[Status.STARTED, Status.PENDING]),
    "failing": Q(last_status=Status.FAILURE),
    "off": Q(enabled=False) | Q(installed=False),
}
LABELS = {"": "All", "running": "Running", "failing": "Failing", "off": "Off"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A job in the list."""

    job: Job
    history: History
    hue: int
    mark: str
    may_run: bool


@page
def catalogue(request: HttpRequest) -> HttpResponse:
    """Jobs by grouping, searched and filtered by the query string."""
    user = request.user
    rows = _searched(_with_last_status(user), request)
    counts = _counts(rows)
    state = request.GET.get("state", "")
    wanted = rows.filter(STATES[state]) if state in STATES else rows
    jobs = paged(request, wanted.order_by("grouping", "name"), size=60)
    context = {
        "groups": _groups(jobs, user),
        "page": jobs,
        "segments": [(key, label, counts[key or "all"]) for key, label in LABELS.items()],
        "state": state,
        "q": request.GET.get("q", ""),
        "group": request.GET.get("group", ""),
        "groupings": policies.jobs(user).values_list("grouping", flat=True).distinct(),
        "filtered": bool(request.GET),
    }
    partial = request.headers.get("HX-Target") == "jobs"
    part = "jobs/list.html" if partial else "jobs/catalogue.html"
    return show(request, part, context | {"partial": partial}, current="jobs")


def _with_last_status(user: Actor) -> QuerySet[Job]:
    runs = policies.results(user).filter(job_model=OuterRef("pk")).order_by("-date_created")
    return policies.jobs(user).annotate(last_status=Subquery(runs.values("status")[:1]))


def _searched(rows: QuerySet[Job], request: HttpRequest) -> QuerySet[Job]:
    for word in request.GET.get("q", "").split()[:8]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(grouping__icontains=word)
            | Q(description__icontains=word)
            | Q(job_class_name__icontains=word)
        )
    if group := request.GET.get("group", ""):
        rows = rows.filter(grouping=group)
    return rows if request.GET.get("hidden") else rows.filter(hidden=False)


def _counts(rows: QuerySet[Job]) -> dict[str, int]:
    """How many jobs each segment holds, in one query."""
    asked: dict[str, Any] = {name: Count("pk", filter=test) for name, test in STATES.items()}
    return rows.order_by().aggregate(all=Count("pk"), **asked)


def _groups(jobs: Paged[Job], user: Actor) -> list[tuple[str, list[Entry]]]:
    found = histories(jobs.rows, policies.results(user))
    keys = [job.pk for job in jobs.rows]
    runnable = set(policies.jobs(user, "run").filter(pk__in=keys).values_list("pk", flat=True))
    groups: dict[str, list[Entry]] = {}
    for job in jobs.rows:
        groups.setdefault(job.grouping, []).append(entry(job, found, runnable))
    return list(groups.items())


def entry(job: Job, found: dict[UUID, History], runnable: set[UUID]) -> Entry:
    """A job as lists show it; its colour is that of its grouping."""
    hue = sum(map(ord, job.grouping)) % 6 + 1
    words = [word for word in job.name.replace("-", " ").split() if word[0].isalnum()]
    mark = "".join(word[0] for word in words[:2]) if len(words) > 1 else job.name[:2]
    may_run = job.runnable and job.pk in runnable
    return Entry(job, found.get(job.pk, History()), hue, mark.upper(), may_run)
