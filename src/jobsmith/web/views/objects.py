"""Records for the pickers of our forms."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from jobsmith import policies
from jobsmith.actions.run_form import run_form
from jobsmith.errors import NotFound
from jobsmith.inputs.object_fields import ObjectField
from jobsmith.inputs.objects import display
from jobsmith.inputs.picking import best_first
from jobsmith.models import Job

from ..forms import RELATED
from ..page import data

SHOWN = 50
SEVERAL = {"MultiChoiceVar", "MultiObjectVar"}


@data
def object_list(request: HttpRequest) -> HttpResponseBase:
    """Records that a variable of a job may take, found by text.

    The job's own form narrows them (``query_params``, the author's queryset, what the caller may
    see), so the picker never offers what a submit would refuse.
    """
    field = _field(request)
    if field.scope is None:
        raise NotFound
    try:
        return _found(request, field.scope.queryset(), field.variable.display_field)
    except ValidationError as error:
        return JsonResponse({"detail": error.messages[0], "results": []}, status=400)


@data
def related_list(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Users, groups, queues or tags that the caller may see, found by text."""
    model = RELATED.get(kind)
    if model is None:
        raise NotFound
    policies.require(request.user, "view", model)
    return _found(request, policies.viewable(model, request.user))


def _found(request: HttpRequest, rows: "QuerySet[Any]", shown: str = "") -> HttpResponseBase:
    words = request.GET.get("q", "").strip()[:100]
    records = list(best_first(rows, words, shown)[: SHOWN + 1])
    results = [{"id": str(each.pk), "text": display(each, shown)} for each in records[:SHOWN]]
    return JsonResponse({"results": results, "more": len(records) > SHOWN})


def _field(request: HttpRequest) -> ObjectField:
    policies.require(request.user, "run", Job)
    try:
        key = UUID(request.GET.get("job", ""))
    except ValueError as error:
        raise NotFound from error
    job = policies.find(policies.jobs(request.user, "run"), pk=key)
    form = run_form(job, user=request.user, initial=_answers(request, job))
    field = form.fields.get(request.GET.get("variable", ""))
    if not isinstance(field, ObjectField):
        raise NotFound
    return field


def _answers(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What the form says so far (``v_name=…``), for variables that depend on others."""
    said = {}
    for variable in job.declared.get("variables", ()):
        if values := request.GET.getlist(f"v_{variable['name']}"):
            said[variable["name"]] = values if variable["type"] in SEVERAL else values[-1]
    return said
