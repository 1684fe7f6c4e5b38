"""Looks up the records that object variables name, only among those the caller may view.

Lookups (``{"name": "x"}`` in a body, ``query_params`` of an author) reach the model's own
concrete fields and, through forward relations, those of other models the caller may view. Nothing
that holds a password, a token or a seal can be asked about, and only for equality.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, QuerySet

from jobsmith.redact import names_a_secret
from jobsmith.specs import JSON, MOST_RECORDS, VariableSpec

Viewable = Callable[[type[Model], Any], "QuerySet[Any]"]
"""The rows of a model that a user may view."""

MAX_STEPS = 4
NOT_AVAILABLE = "Select a valid choice. That choice is not one of the available choices."
MORE_THAN_ONE = "More than one object matches; say which one."
CUT = (
    f"The job's code offers more than {MOST_RECORDS:,} records; only the first {MOST_RECORDS:,} "
    "can be chosen. Let its queryset or query_params narrow them."
)
_SECRET_MODEL = re.compile(r"token|session|secret", re.I)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where one object variable may look."""

    variable: VariableSpec
    user: Any
    viewable: Viewable
    params: Mapping[str, JSON] = field(default_factory=dict)
    """``query_params`` with references to other variables filled in."""
    pks: list[str] | None = None
    """Keys that the author's queryset holds; None when there is none."""

    @property
    def notice(self) -> str:
        """What is to be known about the records; "" mostly."""
        return CUT if len(self.pks or ()) > MOST_RECORDS else ""

    @property
    def model(self) -> type[Model]:
        """The model; ValidationError when it is not installed here."""
        try:
            return apps.get_model(self.variable.model)
        except (LookupError, ValueError) as error:
            raise ValidationError(f"{self.variable.model} is not installed here.") from error

    def queryset(self) -> "QuerySet[Any]":
        """The records that may be chosen."""
        rows = self.viewable(self.model, self.user)
        if self.pks is not None:
            rows = rows.filter(pk__in=self.pks[:MOST_RECORDS])
        return self._narrowed(rows, self.params)

    def one(self, value: Any) -> Model:
        """The record with that key, or the one that lookups find."""
        if isinstance(value, Model):
            value = value.pk
        if isinstance(value, dict):
            rows = self._narrowed(self.queryset(), value)
        else:
            rows = self.queryset().filter(pk=as_key(self.model, value))
        found: list[Model] = list(rows[:2])
        if not found:
            raise ValidationError(f"{NOT_AVAILABLE} {self.notice}".strip(), code="invalid_choice")
        if len(found) > 1:
            raise ValidationError(MORE_THAN_ONE)
        return found[0]

    def many(self, values: list[Any]) -> "QuerySet[Any]":
        """The records with those keys; all must be there."""
        keys = [as_key(self.model, each.pk if isinstance(each, Model) else each) for each in values]
        rows = self.queryset().filter(pk__in=keys)
        there = set(rows.values_list("pk", flat=True))
        missing = [str(key) for key in keys if key not in there]
        if missing:
            shown = ", ".join(missing[:20])
            sentence = f"Failed to find requested objects for var {self.variable.name}: [{shown}]"
            raise ValidationError(f"{sentence} {self.notice}".strip())
        return rows

    def _narrowed(self, rows: "QuerySet[Any]", lookups: Mapping[str, JSON]) -> "QuerySet[Any]":
        for key, value in lookups.items():
            rows = self._filtered(rows, key, value)
        return rows

    def _filtered(self, rows: "QuerySet[Any]", key: str, value: JSON) -> "QuerySet[Any]":
        steps, lookup = split(key)
        if isinstance(value, list) and lookup == "exact":
            lookup = "in"
        rows, many = self._through_relations(rows, steps, key)
        try:
            if value is None:
                return rows.filter(**{f"{'__'.join(steps)}__isnull": True})
            rows = rows.filter(**{f"{'__'.join(steps)}__{lookup}": value})
            return rows.distinct() if many else rows
        except (ValueError, TypeError, OverflowError) as error:
            raise ValidationError(f"{key} cannot be compared with that value.") from error

    def _through_relations(
        self, rows: "QuerySet[Any]", steps: list[str], key: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Refuse what may not be asked, and keep to related rows that may be viewed."""
        model, many = self.model, False
        for number, step in enumerate(steps):
            found = _field(model, step)
            last = number == len(steps) - 1
            if found is None or (found.related_model is None and not last):
                raise ValidationError(f"{key} is not a field that can be looked up.")
            if found.related_model is None:
                continue
            model, many = found.related_model, many or found.many_to_many
            seen = self.viewable(model, self.user)
            if seen.query.is_empty():
                raise ValidationError(f"{key} is not a field that can be looked up.")
            if not last:
                rows = rows.filter(**{f"{'__'.join(steps[: number + 1])}__in": seen})
        return rows, many


def _field(model: type[Model], name: str) -> Any:
    """A forward field that may be asked about, or None."""
    if name == "pk":
        return model._meta.pk
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    own = found in model._meta.concrete_fields or found in model._meta.many_to_many
    secret = names_a_secret(name) or _SECRET_MODEL.search(model._meta.model_name or "")
    if not own or (secret and not getattr(found, "primary_key", False)):
        return None
    return found


def split(key: str) -> tuple[list[str], str]:
    """The steps of a lookup, and ``exact`` or ``in``: any other comparison is no field."""
    steps = key.split("__")
    lookup = steps.pop() if steps[-1] in {"exact", "in"} else "exact"
    if not steps or len(steps) > MAX_STEPS or not all(steps):
        raise ValidationError(f"{key} is not a field that can be looked up.")
    return steps, lookup


def as_key(model: type[Model], value: Any) -> Any:
    """The value as the model's key; ValidationError as the model's own field words it."""
    key = model._meta.pk
    if isinstance(value, bool) or key is None:
        raise ValidationError(NOT_AVAILABLE, code="invalid_choice")
    while key.remote_field is not None:
        key = key.remote_field.model._meta.pk
    return key.to_python(value)


def display(record: Model, display_field: str) -> str:
    """What pages call a record: the author's ``display_field``, else ``str()``."""
    if display_field and not names_a_secret(display_field):
        value = getattr(record, display_field, None)
        if isinstance(value, str | int | float) and value != "":
            return str(value)
    return str(record)
