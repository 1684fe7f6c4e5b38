"""Before and after of a change, field by field."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model

from jobsmith import policies
from jobsmith.inputs.objects import as_key
from jobsmith.models import ObjectChange
from jobsmith.policies import Actor

NAMES_SHOWN = 200
BESIDES = ("last_updated",)
"""What changes with every change, and so tells nothing."""

Names = Mapping[str, str]
"""What related records are called, by their keys as text."""


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field. A list shows what went and what came, anything else its two values."""

    name: str
    before: str
    after: str
    differs: bool
    emptied: bool
    long: bool
    """Whether it is written better in lines than in a word."""


def fields_shown(change: ObjectChange, user: Actor) -> list[FieldShown]:
    """All fields in the order of the record; those of related records by name where allowed."""
    before, after = change.before or {}, change.after or {}
    return [
        _shown(name, before.get(name), after.get(name), _names(change, name, user))
        for name in dict.fromkeys([*before, *after])
    ]


def record_of(change: ObjectChange, user: Actor) -> Model | None:
    """The record that was changed, where it is still there and the user may see it."""
    kind = change.changed_object_type
    model = kind.model_class() if kind else None
    keys = _keys(model, [change.changed_object_id]) if model else []
    if model is None or not keys:
        return None
    return policies.viewable(model, user).filter(pk__in=keys).first()


def _shown(name: str, before: Any, after: Any, names: Names) -> FieldShown:
    texts = _text(before, names), _text(after, names)
    emptied = bool(texts[0]) and not texts[1]
    if isinstance(before, list) and isinstance(after, list):
        gone, come = _less(before, after), _less(after, before)
        if gone or come:  # else only their order differs
            texts = _text(gone, names), _text(come, names)
    long = any("\n" in each or len(each) > 80 for each in texts)
    differs = before != after and name not in BESIDES
    return FieldShown(name, *texts, differs, differs and emptied, long)


def _less(values: list[Any], others: list[Any]) -> list[Any]:
    return [each for each in values if each not in others]


def _text(value: Any, names: Names) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(names.get(each, each) for each in value)
    return json.dumps(value, indent=2, ensure_ascii=False)


def _names(change: ObjectChange, name: str, user: Actor) -> Names:
    kind = change.changed_object_type
    model = kind.model_class() if kind else None
    related = _related(model, name) if model else None
    if related is None:
        return {}
    said = [side.get(name) for side in (change.before or {}, change.after or {})]
    wanted = _keys(related, [key for each in said for key in _several(each)])
    rows = policies.viewable(related, user).filter(pk__in=wanted) if wanted else ()
    return {str(row.pk): str(row) for row in rows}


def _related(model: type[Model], name: str) -> Any:
    """The model that a field leads to, where that is a record that rights speak of."""
    try:
        related = model._meta.get_field(name).related_model
    except FieldDoesNotExist:
        return None
    return related if isinstance(related, type) else None


def _several(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each]


def _keys(model: type[Model], texts: Iterable[str]) -> list[Any]:
    found = []
    for text in list(texts)[:NAMES_SHOWN]:
        try:
            found.append(as_key(model, text))
        except ValidationError:
            continue
    return found
