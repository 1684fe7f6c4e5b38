"""The trail of changes."""

from datetime import date
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date

from jobsmith import policies
from jobsmith.filters import FiltersRefused, narrowed, searched
from jobsmith.filters.tables import CHANGES
from jobsmith.models import ObjectChange
from jobsmith.policies import Actor

from ..change_shown import fields_shown, record_of
from ..links import page_of
from ..page import page, show
from ..paging import walked

SIZE = 50
DAYS = (("since", "time__date__gte"), ("until", "time__date__lte"))


@page
def change_list(request: HttpRequest) -> HttpResponse:
    """Changes, newest first, narrowed by the filters that REST has too, and by two days."""
    policies.require(request.user, "view", ObjectChange)
    rows = policies.viewable(ObjectChange, request.user)
    errors: dict[str, list[str]] = {}
    try:
        found = _narrowed(rows, request)
    except FiltersRefused as refusal:
        found, errors = rows.none(), refusal.errors
    context = {
        "walk": walked(request, found.select_related("user"), by="time", size=SIZE),
        "asked": request.GET,
        "errors": errors,
        "actions": ObjectChange.Action.choices,
        "kinds": kinds(request.GET.get("changed_object_type", "")),
        "seal": _seal(request.user),
    }
    partial = request.headers.get("HX-Target") == "changes"
    part = "audit/rows.html" if partial else "audit/list.html"
    status = 400 if errors else 200
    return show(request, part, context, current="audit", status=status)


def _narrowed(rows: QuerySet[ObjectChange], request: HttpRequest) -> QuerySet[ObjectChange]:
    asked = {name: values for name, values in request.GET.lists() if any(values)}
    words = "".join(asked.pop("q", [""])[:1])[:200]
    rows = searched(rows, CHANGES, words, request.user)
    for name, lookup in DAYS:
        if day := _day("".join(asked.pop(name, [""])[:1])):
            rows = rows.filter(**{lookup: day})
    wanted = [each for each in asked.items() if each[0] != "after"]
    return narrowed(rows, CHANGES, wanted, request.user)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def kinds(asked: str = "") -> list[tuple[str, str]]:
    """Kinds of record that the trail is mostly about, and the one that was asked for."""
    ours = apps.get_app_config("jobsmith").get_models()
    models: list[type[Model]] = [*ours, get_user_model(), Group]
    found = {each._meta.label_lower: str(each._meta.verbose_name) for each in models}
    if asked and asked not in found:
        found[asked] = asked
    return sorted(found.items(), key=lambda each: each[1].lower())


def _seal(user: Actor) -> dict[str, Any] | None:
    """The head of the chain, for those who see all of it."""
    if not policies.reaches_all(user, "view", ObjectChange):
        return None
    rows = policies.viewable(ObjectChange, user)
    head = rows.exclude(seal_number=None).order_by("-seal_number").first()
    return {"head": head, "waiting": rows.filter(seal_number=None).count()}


@page
def change_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One change: what the fields were, and what they are since."""
    user = request.user
    policies.require(user, "view", ObjectChange)
    rows = policies.viewable(ObjectChange, user).select_related("user", "changed_object_type")
    change = policies.find(rows, pk=pk)
    fields = fields_shown(change, user)
    together = policies.viewable(ObjectChange, user).filter(request_id=change.request_id)
    context = {
        "change": change,
        "changed": [each for each in fields if each.differs],
        "same": [each for each in fields if not each.differs],
        "record": page_of(record_of(change, user)),
        "together": together.exclude(pk=pk).order_by("time")[:SIZE],
    }
    return show(request, "audit/detail.html", context, current="audit")
