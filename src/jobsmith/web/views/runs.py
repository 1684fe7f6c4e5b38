"""The list of runs."""

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date

from jobsmith import policies
from jobsmith.filters.tables import RESULTS
from jobsmith.lifecycle import LABELS, Status
from jobsmith.models import JobResult

from ..page import page, show
from ..paging import as_uuid, walked

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
    rows, errors = policies.results(request.user), _refused(request)
    rows = rows.none() if errors else _filtered(rows, request)
    rows = rows.select_related("job_model", "user").defer("result", "traceback", "sealed_kwargs")
    walk = walked(request, rows, by="date_created", size=SIZE)
    may_delete = policies.allowed(request.user, "delete", JobResult)
    context = {
        "runs": walk.rows,
        "walk": walk,
        "statuses": [(status.value, LABELS[status]) for status in Status],
        "asked": request.GET,
        "errors": errors,
        "jobs": policies.jobs(request.user).order_by("name").values_list("pk", "name"),
        "job": request.GET.get("job", ""),
        "bulk": may_delete,
        "select": may_delete and bool(request.GET.get("select")),
    }
    part = "runs/list.html" if request.headers.get("HX-Target") == "runs" else "runs/index.html"
    return show(request, part, context, current="runs", status=400 if errors else 200)


def _refused(request: HttpRequest) -> dict[str, list[str]]:
    """Filters that say nothing which could be looked for, in the words of the other doors."""
    asked, errors = request.GET, {}
    if status := asked.get("status"):
        try:
            RESULTS.filters["status"].clean("", status)
        except ValidationError as error:
            errors["status"] = error.messages
    if asked.get("job") and as_uuid(asked["job"]) is None:
        errors["job"] = ["This is no id of a job."]
    for name, _ in DAYS:
        if asked.get(name) and _day(asked[name]) is None:
            errors[name] = ["Enter a valid date."]
    return errors


def _filtered(rows: QuerySet[JobResult], request: HttpRequest) -> QuerySet[JobResult]:
    asked = request.GET
    if words := asked.get("q", "").split()[:8]:
        for word in words:
            rows = rows.filter(Q(name__icontains=word) | Q(**{USER_NAME: word}))
    if status := asked.get("status"):
        rows = rows.filter(status=status)
    if job := as_uuid(asked.get("job", "")):
        rows = rows.filter(job_model_id=job)
    if asked.get("mine") and request.user.pk:
        rows = rows.filter(user_id=request.user.pk)
    for name, lookup in DAYS:
        if day := _day(asked.get(name, "")):
            rows = rows.filter(**{lookup: day})
    return rows


def _day(text: str) -> object:
    try:
        return parse_date(text)
    except ValueError:
        return None
