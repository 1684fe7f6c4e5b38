"""How our pages show forms, whatever renderer the host has set."""

from typing import Any, TypeVar

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model
from django.forms import BoundField
from django.forms.renderers import DjangoTemplates
from django.urls import reverse
from django.utils.http import urlencode

from jobsmith.errors import InputsRefused
from jobsmith.inputs.picking import PickOne, Typed
from jobsmith.models import Job, JobQueue, Tag

F = TypeVar("F", bound=forms.BaseForm)

RELATED: dict[str, type[Model]] = {
    "users": get_user_model(),
    "groups": Group,
    "queues": JobQueue,
    "tags": Tag,
}
"""Kinds of record that forms let one choose from, by their word in addresses."""
KIND_OF = {model: kind for kind, model in RELATED.items()}

NUMBERS = (forms.NumberInput,)


class PageRenderer(DjangoTemplates):
    """Django's own widget templates, untouched by the host's FORM_RENDERER."""


def dress(form: F) -> F:
    """Give every widget our classes and tie it to its hint and its error."""
    form.renderer = PageRenderer()
    for bound in form:
        attrs = bound.field.widget.attrs
        attrs.setdefault("autocomplete", "off")
        attrs.setdefault("class", _look(bound))
        if described := _described_by(bound):
            attrs["aria-describedby"] = described
        if bound.errors:
            attrs["aria-invalid"] = "true"
        if isinstance(bound.field, forms.DateTimeField):
            attrs.setdefault("placeholder", "2026-01-31 18:00")
        elif isinstance(bound.field, forms.DateField):
            attrs.setdefault("placeholder", "2026-01-31")
    return form


def refused(form: forms.BaseForm, error: InputsRefused) -> None:
    """Put what an action refused beside the fields that it is about."""
    for name, sentences in error.errors.items():
        form.add_error(name if name in form.fields else None, sentences)


def kind(bound: BoundField) -> str:
    """Which template shows the field: ``switch``, ``choices``, ``pick``, ``file`` or ``input``."""
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "switch"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.SelectMultiple | PickOne):
        return "pick"
    return "file" if isinstance(widget, forms.FileInput) else "input"


def variable(bound: BoundField, name: str) -> Any:
    """What the variable's spec says, for fields that have one."""
    return getattr(getattr(bound.field, "spec", None), name, None)


def picker(bound: BoundField, job: "Job | str") -> str:
    """Where a script finds more records for the field; "" where all are in the page."""
    if isinstance(job, Job) and variable(bound, "model"):
        asked = urlencode({"job": str(job.pk), "variable": bound.name})
        return f"{reverse('jobsmith:objects')}?{asked}"
    rows = getattr(bound.field, "queryset", None)
    kind = KIND_OF.get(rows.model) if rows is not None else None
    return reverse("jobsmith:related", args=[kind]) if kind else ""


def typed(bound: BoundField) -> str:
    """What was typed beside the field's list, as it was typed."""
    said = bound.data if bound.form.is_bound else None
    each = said if isinstance(said, list) else [said]
    return ", ".join(one for one in each if isinstance(one, Typed))


def _look(bound: BoundField) -> str:
    widget = bound.field.widget
    if kind(bound) in {"switch", "choices"}:
        return "jsm-check"
    if isinstance(widget, NUMBERS):
        return "jsm-in num"
    return "jsm-in mono" if variable(bound, "type") == "JSONVar" else "jsm-in"


def _described_by(bound: BoundField) -> str:
    ids = []
    notices = getattr(bound.form, "notices", {})
    if bound.help_text or notices.get(bound.name):
        ids.append(f"{bound.auto_id}_hint")
    if bound.errors:
        ids.append(f"{bound.auto_id}_error")
    return " ".join(ids)
