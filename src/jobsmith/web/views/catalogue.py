"""The catalogue: every job the viewer may see."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse

from jobsmith import policies
from jobsmith.lifecycle import Status
from jobsmith.models import Job
from jobsmith.policies import Actor

from ..entries import Entry, entries, listed
from ..page import page, show
from ..paging import paged

INSTALLED = Q(installed=True)
STATES = {
    "": INSTALLED,
    "running": INSTALLED & Q(last_status__in=[Status.STARTED, Status.PENDING]),
    "failing": INSTALLED & Q(last_status=Status.FAILURE),
    "off": INSTALLED & Q(enabled=False),
    "gone": ~INSTALLED,
}
NOTHING_TO_SEE = (
    "No job is visible to you: ask an administrator of this server for the permission to view jobs."
)
LABELS = {
    "": "All",
    "running": "Running",
    "failing": "Failing",
    "off": "Off",
    "gone": "Not installed",
}


@page
def catalogue(request: HttpRequest) -> HttpResponse:
    """Jobs by grouping, searched and filtered by the query string."""
    user = request.user
    policies.require(user, "view", Job, NOTHING_TO_SEE)
    rows = _searched(_with_last_status(user), request)
    counts = _counts(rows)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    wanted = listed(rows.filter(STATES[state]), user)
    jobs = paged(request, wanted.order_by("grouping", "name"), size=60)
    context = {
        "groups": _groups(jobs.rows, user),
        "page": jobs,
        "segments": _segments(counts, state),
        "state": state,
        "q": request.GET.get("q", ""),
        "group": request.GET.get("group", ""),
        "groupings": _groupings(user),
        "filtered": bool(request.GET),
        **_bulk(request),
    }
    partial = request.headers.get("HX-Target") == "jobs"
    part = "jobs/list.html" if partial else "jobs/catalogue.html"
    return show(request, part, context | {"partial": partial}, current="jobs")


def _bulk(request: HttpRequest) -> dict[str, Any]:
    """What may be done with many jobs at once, and whether they are being chosen."""
    rights = {name: policies.allowed(request.user, name, Job) for name in ("change", "delete")}
    may = any(rights.values())
    return {"bulk": rights if may else None, "select": may and bool(request.GET.get("select"))}


def _groupings(user: Actor) -> QuerySet[Job, str]:
    rows = policies.jobs(user).order_by("grouping")
    return rows.values_list("grouping", flat=True).distinct()


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
    asked: dict[str, Any] = {f"in_{name}": Count("pk", filter=STATES[name]) for name in STATES}
    found = rows.order_by().aggregate(**asked)
    return {name: found[f"in_{name}"] for name in STATES}


def _segments(counts: dict[str, int], state: str) -> list[tuple[str, str, int]]:
    """Each with its count; of what is not installed only where there is any."""
    shown = (name for name in LABELS if name != "gone" or counts[name] or state == name)
    return [(name, LABELS[name], counts[name]) for name in shown]


def _groups(jobs: Sequence[Job], user: Actor) -> list[tuple[str, list[Entry]]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries(jobs, user):
        groups.setdefault(entry.job.grouping, []).append(entry)
    return list(groups.items())
