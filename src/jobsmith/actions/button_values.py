"""What texts of buttons may say of a record: plain values that their reader may see."""

import uuid
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import Field, ForeignKey, Model

from jobsmith import policies
from jobsmith.policies import Actor
from jobsmith.redact import is_secret
from jobsmith.texts import Path

PLAIN = (str, int, float, bool)
WRITTEN = (Decimal, uuid.UUID, date, datetime, time)


class Values:
    """Looks up what a text names, for one record and one reader."""

    def __init__(self, obj: Model, user: Actor) -> None:
        self._obj, self._user = obj, user
        self._seen: dict[tuple[type[Model], Any], bool] = {}

    def __call__(self, path: Path) -> Any:
        """The value of a path, or None."""
        root, *names = path
        if root == "user":
            return self._of_user(names)
        row: Model | None = self._obj
        for name in names[:-1]:
            row = self._related(row, name) if row is not None else None
        if row is None:
            return None
        return self._value(row, names[-1]) if names else str(row)

    def _of_user(self, names: list[str]) -> Any:
        name = str(self._user.get_username())
        return name if names in ([], ["username"]) else None

    def _value(self, row: Model, name: str) -> Any:
        field = _field(row, name)
        if field is None or is_secret(type(row), field.name):
            return None
        if isinstance(field, ForeignKey) and name == field.name:
            related = self._related(row, name)
            return None if related is None else str(related)
        value = getattr(row, field.attname)
        return str(value) if isinstance(value, WRITTEN) else _if_plain(value)

    def _related(self, row: Model, name: str) -> Model | None:
        """The record behind a foreign key, as far as the reader may see it."""
        field = _field(row, name)
        if not isinstance(field, ForeignKey) or getattr(row, field.attname) is None:
            return None
        try:
            related: Model | None = getattr(row, field.name)
        except ObjectDoesNotExist:
            return None
        return related if related is not None and self._may_see(related) else None

    def _may_see(self, row: Model) -> bool:
        key = (type(row), row.pk)
        if key not in self._seen:
            rows = policies.viewable(type(row), self._user)
            self._seen[key] = rows.filter(pk=row.pk).exists()
        return self._seen[key]


def _field(row: Model, name: str) -> "Field[Any, Any] | None":
    """A column of the record; nothing that would run code of the host."""
    if name == "pk":
        return row._meta.pk
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        return next((each for each in row._meta.concrete_fields if each.attname == name), None)
    return field if field in row._meta.concrete_fields else None  # type: ignore[return-value]


def _if_plain(value: Any) -> Any:
    return value if isinstance(value, PLAIN) else None
