"""Values for columns that nobody may write, to be put into bodies beside what may be sent."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import models

from jobsmith.api.urls import extras, users
from jobsmith.api.views.editable import EditableViewSet

KEY = uuid.UUID("5bad0000-0000-4000-8000-00000000dead")
WHEN = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
TEXT = "smuggled"
NUMBER = 8


def bodies() -> dict[type[models.Model], frozenset[str]]:
    """The keys that may be written of each kind of record."""
    found = {}
    for _, view, _ in (*extras.registry, *users.registry):
        if issubclass(view, EditableViewSet):
            found[view.model] = frozenset(view.body_class().fields)  # type: ignore[attr-defined]
    return found


def read_only(kind: type[models.Model], writable: frozenset[str]) -> Iterator[Any]:
    """Columns and relations that may not be written, as the model itself tells them."""
    for field in (*kind._meta.concrete_fields, *kind._meta.many_to_many):
        if field.name not in writable:
            yield field


def declared_read_only(kind: type[models.Model]) -> set[str]:
    """Names of those that the model declares as such."""
    return {each.name for each in kind._meta.concrete_fields if not each.editable}


def smuggled(field: Any, now: Any) -> Any:
    """A value of the column's type that is not the one it has."""
    if field.choices:
        return next(value for value, _ in field.choices if value != now)
    if field.is_relation:
        other = field.related_model._default_manager.exclude(pk__in=_keys(now)).first()
        key = other.pk if other else KEY
        return [key] if field.many_to_many else key
    if isinstance(field, models.BooleanField):
        return not now
    for kind, value in _VALUES:
        if isinstance(field, kind):
            return value
    return TEXT


_VALUES: tuple[tuple[Any, Any], ...] = (
    (models.UUIDField, KEY),
    (models.DateTimeField, WHEN),
    (models.JSONField, [TEXT]),
    (models.IntegerField, NUMBER),
    (models.FloatField, NUMBER),
)


def value_of(row: models.Model, field: Any) -> Any:
    """What the database has."""
    if field.many_to_many:
        return sorted(getattr(row, field.name).values_list("pk", flat=True), key=str)
    return getattr(row, field.attname)


def _keys(now: Any) -> list[Any]:
    return now if isinstance(now, list) else [now]
