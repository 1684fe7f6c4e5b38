"""The record or the change that a request is about, as far as its reader may see it."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model

from jobsmith import policies
from jobsmith.inputs.objects import as_key
from jobsmith.models import ObjectChange
from jobsmith.policies import Actor

from .inputs_shown import Named
from .links import page_of


def about_shown(about: Mapping[str, Any], *, user: Actor) -> dict[str, Named]:
    """By title; a record out of reach is its kind and its key."""
    found = {}
    if about.get("model"):
        found["Record"] = _record(about["model"], about.get("key", ""), user)
    if about.get("change"):
        found["Change"] = _change(about, user)
    return found


def _record(label: str, key: str, user: Actor) -> Named:
    try:
        model: type[Model] = apps.get_model(label)
        row = policies.viewable(model, user).filter(pk=as_key(model, key)).first()
    except (LookupError, ValueError, ValidationError):
        return Named(f"{label} {key}")
    kind = str(model._meta.verbose_name).capitalize()
    return Named(f"{kind} {row or key}", page_of(row))


def _change(about: Mapping[str, Any], user: Actor) -> Named:
    row = policies.viewable(ObjectChange, user).filter(pk=about["change"]).first()
    if row is None:
        verbs = dict(ObjectChange.Action.choices)
        return Named(f"{verbs.get(str(about.get('action')), 'Changed')}, {about['change']}")
    return Named(f"{row.get_action_display()} by {row.user_name or 'code'}", page_of(row))
