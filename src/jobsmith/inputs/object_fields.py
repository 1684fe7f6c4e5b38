"""Form fields for records of the host."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.choices import BaseChoiceIterator

from jobsmith.specs import VariableSpec

from .objects import Scope, as_key, display
from .picking import SHOWN, PickMany, PickOne, Typed, named
from .plain_fields import ONE_VALUE

NULL = "null"
Option = tuple[str, str]


class ObjectField(forms.Field):
    """One record; takes its key, or lookups that find exactly one."""

    widget: type[forms.Select] = PickOne
    scope: Scope | None = None

    def __init__(self, *, variable: VariableSpec, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.variable = variable
        self.selected: Callable[[], Any] = lambda: None
        """What the form would show as chosen."""
        self.widget.choices = _Options(self)

    def to_python(self, value: Any) -> Any:
        """The record; None when empty or when the author's null option was chosen."""
        if value in (None, "") or (self.variable.null_option and value == NULL):
            return None
        if isinstance(value, list) or value == {}:
            raise ValidationError(ONE_VALUE, code="invalid")
        return self._scope().one(self._key(value))

    def clean(self, value: Any) -> Any:
        """As the base; choosing the null option satisfies ``required``."""
        if self.variable.null_option and value == NULL:
            return None
        return super().clean(value)

    def prepare_value(self, value: Any) -> Any:
        """Keys, as the widget compares them."""
        if isinstance(value, Model):
            return str(value.pk)
        return value if value is None or isinstance(value, dict) else str(value)

    def _key(self, value: Any) -> Any:
        """The key of what was typed; other values are keys or lookups already."""
        if not isinstance(value, Typed):
            return value
        return named(self._scope().queryset(), value, self.variable.display_field).pk

    def _scope(self) -> Scope:
        if self.scope is None:
            raise ValidationError("The objects for this variable are not available.")
        return self.scope


class ObjectsField(ObjectField):
    """Any number of records, by their keys."""

    widget = PickMany

    def to_python(self, value: Any) -> Any:
        """The records as a queryset; all must be there."""
        if value in self.empty_values:
            return self._scope().queryset().none() if self.scope else None
        if isinstance(value, QuerySet):
            value = list(value)
        if not isinstance(value, list | tuple):
            raise ValidationError("Enter a list of values.")
        return self._scope().many([self._key(each) for each in value])

    def validate(self, value: Any) -> None:
        """Required means at least one."""
        if self.required and (value is None or value.query.is_empty()):
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """There are none; the base would evaluate the queryset."""

    def prepare_value(self, value: Any) -> Any:
        """Keys, as the widget compares them."""
        if value is None:
            return []
        several = value if isinstance(value, list | tuple | QuerySet) else [value]
        return [super(ObjectsField, self).prepare_value(each) for each in several]


class _Options(BaseChoiceIterator):
    """The options of an object field, read when a page shows them."""

    def __init__(self, field: ObjectField) -> None:
        self._field = field
        self.cut = False
        """Whether there are more, once it was read."""

    def __iter__(self) -> Iterator[Option]:
        field = self._field
        if not isinstance(field, ObjectsField):
            yield "", "---------"
        if field.variable.null_option:
            yield NULL, field.variable.null_option
        if field.scope is not None:
            yield from self._records(field.scope)

    def _records(self, scope: Scope) -> Iterator[Option]:
        try:
            rows = scope.queryset()
            found = list(rows[: SHOWN + 1])
            self.cut = len(found) > SHOWN
            records = found[:SHOWN] + self._chosen(scope, rows)
        except ValidationError:
            return
        unique = {str(each.pk): each for each in records}
        for pk, each in unique.items():
            yield pk, display(each, scope.variable.display_field)

    def _chosen(self, scope: Scope, rows: "QuerySet[Any]") -> list[Any]:
        value = self._field.prepare_value(self._field.selected())
        keys = value if isinstance(value, list) else [value]
        clean = []
        for key in keys:
            try:
                clean.append(as_key(scope.model, key))
            except ValidationError:
                continue
        return list(rows.filter(pk__in=[key for key in clean if key not in (None, "")]))
