"""The form of a plain record."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

from jobsmith import policies
from jobsmith.inputs.picking import offer
from jobsmith.policies import Actor

from ..seen import SeenForm
from .fields import KindsField


class RecordForm(SeenForm):
    """Reads what may be changed of a record. It changes nothing itself: actions do."""

    also_seen: ClassVar[tuple[str, ...]] = ()
    """What it edits by other names than its fields have."""

    def __init__(self, data: Any = None, *, row: Model, user: Actor) -> None:
        """Related records are chosen from those that the user may see."""
        super().__init__(data, instance=row)
        self.user = user
        for name, field in self.fields.items():
            vars(field)["clean"] = _holdable(field.clean)
            if isinstance(field, KindsField):
                field.offer(() if row._state.adding else getattr(row, name).all())
            elif isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                offer(self, name, policies.viewable(field.queryset.model, user))

    def _post_clean(self) -> None:
        """The action applies and validates; the form must not touch the record."""

    @property
    def values(self) -> dict[str, Any]:
        """New values by field."""
        return dict(self.cleaned_data)

    def seen_fields(self) -> tuple[str, ...]:
        """Columns and relations among the fields."""
        names = {each.name for each in self.instance._meta.get_fields()}
        return (*(name for name in self.fields if name in names), *self.also_seen)

    def only_show(self) -> None:
        """For those who may look and not touch."""
        for field in self.fields.values():
            field.disabled = True


def _holdable(clean: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Refuses keys and moments that no database can hold beside their field."""

    def clean_and_check(value: Any) -> Any:
        try:
            found = clean(value)
            return found.astimezone(UTC) if isinstance(found, datetime) else found
        except OverflowError as error:
            raise ValidationError("No record can hold this: it is too large.") from error

    return clean_and_check
