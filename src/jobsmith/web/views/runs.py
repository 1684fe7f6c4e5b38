"""The list of runs."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware

from jobsmith import policies
from jobsmith.lifecycle import LABELS, Status
from jobsmith.models import JobResult

from ..page import page, show

SIZE = 50
NOTHING_TO_SEE = (
    "No run is visible to you: "
    "ask an administrator of this server for the permission to view job results."
)
DAYS = (("since", "date_created__date__gte"), ("until", "date_created__date__lte"))
USER_NAME = f"user__{get_user_model().USERNAME_FIELD}__icontains"


@page
def run_list(request: HttpRequest) -> HttpResponse:
    """Runs, newest first, filtered by the query string."""
    policies.require(request.user, "view", JobResult, NOTHING_TO_SEE)
    rows = _filtered(policies.results(request.user), request)
    rows = _after(rows, request.GET.get("after", ""))
    found = list(
        rows.select_related("job_model", "user").defer("result", "traceback", "sealed_kwargs")[
            : SIZE + 1
        ]
    )
    context = {
        "runs": found[:SIZE],
        "older": _older(request, found) if len(found) > SIZE else "",
        "newest": _without_place(request) if "after" in request.GET else "",
        "statuses": [(status.value, LABELS[status]) for status in Status],
        "asked": request.GET,
        "jobs": policies.jobs(request.user).order_by("name").values_list("pk", "name"),
        "job": request.GET.get("job", ""),
    }
    part = "runs/list.html" if request.headers.get("HX-Target") == "runs" else "runs/index.html"
    return show(request, part, context, current="runs")


def _filtered(rows: QuerySet[JobResult], request: HttpRequest) -> QuerySet[JobResult]:
    asked = request.GET
    if words := asked.get("q", "").split()[:8]:
        for word in words:
            rows = rows.filter(Q(name__icontains=word) | Q(**{USER_NAME: word}))
    if asked.get("status") in set(Status):
        rows = rows.filter(status=asked["status"])
    if job := _uuid(asked.get("job", "")):
        rows = rows.filter(job_model_id=job)
    if asked.get("mine") and request.user.pk:
        rows = rows.filter(user_id=request.user.pk)
    for name, lookup in DAYS:
        if day := _day(asked.get(name, "")):
            rows = rows.filter(**{lookup: day})
    return rows.order_by("-date_created", "-pk")


def _after(rows: QuerySet[JobResult], place: str) -> QuerySet[JobResult]:
    """Runs older than a place in the list: the page stays as fast however far back it is."""
    moment, _, key = place.partition("~")
    created, pk = _moment(moment), _uuid(key)
    if created is None or pk is None:
        return rows
    return rows.filter(date_created__lte=created).exclude(date_created=created, pk__gte=pk)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and is_aware(moment) else None


def _day(text: str) -> object:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _older(request: HttpRequest, found: list[JobResult]) -> str:
    last = found[SIZE - 1]
    asked = request.GET.copy()
    asked["after"] = f"{last.date_created.isoformat()}~{last.pk}"
    return "?" + asked.urlencode()


def _without_place(request: HttpRequest) -> str:
    asked = request.GET.copy()
    del asked["after"]
    return "?" + asked.urlencode()
