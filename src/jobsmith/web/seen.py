"""Forms that remember what their editor saw, so that nobody overwrites what they never read."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from jobsmith.actions.stale import Seen, digest_of
from jobsmith.errors import ChangedMeanwhile

SEEN = "_seen"
SHOWN = 300


class SeenForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when run
    """Carries a digest of the record's fields as they were when the page was made."""

    _overtaken = False

    def seen_fields(self) -> tuple[str, ...]:
        """Which fields of the record the form may overwrite."""
        raise NotImplementedError

    def seen(self) -> Seen:
        """What the editor saw."""
        return Seen(self.seen_fields(), self.data.get(SEEN, "")[:64])

    def seen_digest(self) -> str:
        """For the page: what its reader sees now; "" for a record that does not exist yet."""
        if self.instance._state.adding:
            return ""
        if self.is_bound and not self._overtaken:
            return self.seen().digest
        return digest_of(self.instance, self.seen_fields())

    def overtaken(self, error: ChangedMeanwhile) -> None:
        """Say so, and beside each field that differs what is saved now; the next save counts."""
        self._overtaken = True
        self.add_error(
            None, f"{error.message}. Nothing was saved. Save again to put yours in its place."
        )
        for name in self.changed_data:
            if name in self.seen_fields():
                self.add_error(name, f"It is now: {_now(self[name])}")


def _now(bound: BoundField) -> str:
    """What the record holds, in words."""
    value: Any = bound.initial
    if isinstance(bound.field, forms.ModelChoiceField):
        value = _rows(bound.field, value)
    elif isinstance(value, bool):
        value = "Yes" if value else "No"
    elif isinstance(value, list):
        value = ", ".join(map(str, value))
    return str(value if value not in (None, "") else "empty")[:SHOWN]


def _rows(field: Any, value: Any) -> str:
    """Names of related records that the editor may see."""
    several = value if isinstance(value, list | tuple | QuerySet) else [value]
    keys = [getattr(each, "pk", each) for each in several if each not in (None, "")]
    found = field.queryset.filter(pk__in=keys)[:20]
    return ", ".join(field.label_from_instance(each) for each in found)
