"""Records for the object picker."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import CharField, Q, TextField
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from jobsmith import policies
from jobsmith.actions.run_form import run_form
from jobsmith.errors import NotFound
from jobsmith.inputs.object_fields import ObjectField
from jobsmith.inputs.objects import display
from jobsmith.models import Job

from ..page import data

SHOWN = 50


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
        rows = field.scope.queryset()
        words = request.GET.get("q", "").strip()[:100]
        names = [
            each.name
            for each in rows.model._meta.concrete_fields
            if isinstance(each, CharField | TextField) and not _is_secret(each.name)
        ]
        if words and names:
            found = Q()
            for name in names[:6]:
                found |= Q(**{f"{name}__icontains": words})
            rows = rows.filter(found)
        records = list(rows[: SHOWN + 1])
    except ValidationError as error:
        return JsonResponse({"detail": error.messages[0], "results": []}, status=400)
    shown = field.scope.variable.display_field
    results = [{"id": str(each.pk), "text": display(each, shown)} for each in records[:SHOWN]]
    return JsonResponse({"results": results, "more": len(records) > SHOWN})


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in ("password", "token", "secret", "seal", "hash"))


def _field(request: HttpRequest) -> ObjectField:
    policies.require(request.user, "run", Job)
    try:
        key = UUID(request.GET.get("job", ""))
    except ValueError as error:
        raise NotFound from error
    job = policies.find(policies.jobs(request.user, "run"), pk=key)
    values = {name: value for name, value in request.GET.items() if name.startswith("v_")}
    initial = {name[2:]: value for name, value in values.items()}
    form = run_form(job, user=request.user, initial=initial)
    field = form.fields.get(request.GET.get("variable", ""))
    if not isinstance(field, ObjectField):
        raise NotFound
    return field
