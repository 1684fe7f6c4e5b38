"""Job buttons: their records, and pressing one from the page of whatever it is on."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from jobsmith import policies
from jobsmith.actions.enqueue_job import Accepted
from jobsmith.actions.press_button import press_button, record_for
from jobsmith.actions.save_button import create_button, update_button
from jobsmith.actions.stale import Seen
from jobsmith.errors import JobsmithError
from jobsmith.filters.tables import BUTTONS
from jobsmith.models import Job, JobButton, JobResult, ScheduledJob
from jobsmith.policies import Actor

from ..asked import WAITS, began, request_seen, to_request
from ..links import page_of
from ..page import page, show
from ..records import KindsField, RecordForm, RecordPages


class ButtonForm(RecordForm):
    """A job button."""

    content_types = KindsField(label="On", help_text="Kinds of record whose pages show it.")

    class Meta:
        model = JobButton
        fields = (
            *("name", "job", "text", "content_types", "enabled", "confirmation"),
            *("button_class", "group_name", "weight"),
        )
        labels = {
            "button_class": "Looks",
            "group_name": "Menu",
            "confirmation": "Ask before it runs",
        }
        help_texts = {
            "job": "A job that is made for buttons: a subclass of JobButtonReceiver.",
            "text": "What it says, such as Reboot {{ obj.name }}, or "
            "{% if obj.role == 'router' %}Reload{% endif %}. Where nothing is left, there is no "
            "button.",
            "group_name": "Buttons with the same word here stand in one menu.",
            "weight": "Lower ones stand first.",
        }

    def __init__(self, data: Any = None, *, row: JobButton, user: Actor) -> None:
        """Only jobs that are made for buttons are offered."""
        super().__init__(data, row=row, user=user)
        only_receivers(self.fields["job"], "is_job_button_receiver", row.job_id)


def only_receivers(field: Any, flag: str, chosen: Any) -> None:
    """Narrow a choice of jobs to those with the flag, and the one that is chosen already."""
    field.queryset = field.queryset.filter(**{flag: True}) | field.queryset.filter(pk=chosen)


class ButtonPages(RecordPages[JobButton]):
    """Job buttons."""

    model = JobButton
    form_class = ButtonForm
    table = BUTTONS
    name = "button"
    list_name = place = "buttons"
    one, many = "job button", "job buttons"
    lead = "Buttons on pages of records. A button runs a job for the record it stands on."
    gone = "It no longer stands on any page. The runs that it started stay."
    rows_template = "buttons/rows.html"
    side_template = "buttons/facts.html"
    order = ("group_name", "weight", "name")

    def listed(self, rows: QuerySet[JobButton], user: Actor) -> QuerySet[JobButton]:
        """With what they are on."""
        return rows.prefetch_related("content_types")

    def row_facts(self, rows: list[JobButton], user: Actor) -> Mapping[str, Any]:
        """With their jobs, as far as the viewer may see them."""
        keys = [each.job_id for each in rows]
        jobs = {each.pk: each for each in policies.jobs(user).filter(pk__in=keys)}
        return {"entries": [{"row": row, "job": jobs.get(row.job_id)} for row in rows]}

    def add(self, request: HttpRequest, values: dict[str, Any]) -> JobButton:
        """Add it."""
        return create_button(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: JobButton, values: dict[str, Any], seen: Seen
    ) -> JobButton:
        """Change it."""
        return update_button(row, user=request.user, values=values, seen=seen)


@page
def press(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Ask where the button wants that, then run its job; scripts are answered in JSON."""
    if request.headers.get("Accept") == "application/json":
        return _press_by_script(request, pk)
    policies.require(request.user, "run", Job)
    button: JobButton = policies.find(policies.pressable(request.user), pk=pk)
    asks = request.method != "POST" or (button.confirmation and "_confirmed" not in request.POST)
    if asks:
        return _ask(request, button)
    result = _press(request, button)
    if isinstance(result, ScheduledJob):
        return to_request(request, result)
    message = format_html("{} {}", began(button.job.name, result), _link(request, result))
    tell = messages.warning if result.is_final else messages.success
    tell(request, message, fail_silently=True)
    return redirect(_return_address(request) or _run_address(request, result) or "jobsmith:index")


def _press_by_script(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        policies.require(request.user, "run", Job)
        button = policies.find(policies.pressable(request.user), pk=pk)
        result = _press(request, button)
    except JobsmithError as error:
        return JsonResponse({"detail": error.message}, status=error.status)
    if isinstance(result, ScheduledJob):
        address, named = _request_address(request, result), "Show the request"
        return JsonResponse({"message": WAITS, "address": address, "link": named})
    told = {"message": began(button.job.name, result), "address": _run_address(request, result)}
    return JsonResponse({**told, "link": "Show the run"}, status=201)


def _request_address(request: HttpRequest, schedule: ScheduledJob) -> str:
    found = request_seen(request.user, schedule)
    return found.get_absolute_url() if found else ""


def _press(request: HttpRequest, button: JobButton) -> Accepted:
    if request.method != "POST":
        raise JobsmithError("A button is pressed by POST.")
    return press_button(button, user=request.user, door="web", **_asked(request))


def _asked(request: HttpRequest) -> dict[str, str]:
    said = request.POST if request.method == "POST" else request.GET
    return {"model": said.get("object_model_name", ""), "key": said.get("object_pk", "")}


def _ask(request: HttpRequest, button: JobButton) -> HttpResponse:
    obj = record_for(button, user=request.user, **_asked(request))
    context = {
        "button": button,
        "job": button.job,
        "obj": obj,
        "label": obj._meta.label_lower,
        "back": _return_address(request) or page_of(obj) or reverse("jobsmith:index"),
    }
    return show(request, "buttons/press.html", context)


def _return_address(request: HttpRequest) -> str:
    """Where the button stands; nowhere but on this host."""
    said = request.POST.get("_return_url") or request.GET.get("_return_url") or ""
    safe = url_has_allowed_host_and_scheme(
        said, {request.get_host()}, require_https=request.is_secure()
    )
    return said if safe else ""


def _run_address(request: HttpRequest, result: JobResult) -> str:
    """The page of the run, for who may see it."""
    seen = policies.results(request.user).filter(pk=result.pk).exists()
    return result.get_absolute_url() if seen else ""


def _link(request: HttpRequest, result: JobResult) -> str:
    address = _run_address(request, result)
    return format_html('<a href="{}">Show the run</a>', address) if address else ""
