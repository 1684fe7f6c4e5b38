"""One filter: which column, how its value is read, and which lookups it offers."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q

from jobsmith import policies
from jobsmith.policies import Actor

from .labels import our_name

Lookup = tuple[str, bool]
"""A lookup of the ORM, and whether it is negated."""

EQUAL: dict[str, Lookup] = {"": ("exact", False), "n": ("exact", True)}
IS_NULL: dict[str, Lookup] = {"isnull": ("isnull", False)}
ORDER: dict[str, Lookup] = {name: (name, False) for name in ("lt", "lte", "gt", "gte")}
TEXT: dict[str, Lookup] = {
    "ic": ("icontains", False),
    "nic": ("icontains", True),
    "iew": ("iendswith", False),
    "niew": ("iendswith", True),
    "isw": ("istartswith", False),
    "nisw": ("istartswith", True),
    "ie": ("iexact", False),
    "nie": ("iexact", True),
}

NO_ROW = Q(pk__in=())

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class WireBoolean(forms.Field):
    """``true`` or ``false``, in any case."""

    def clean(self, value: Any) -> bool:
        """Refuses every other word."""
        try:
            return BOOLEANS[str(value).lower()]
        except KeyError:
            raise ValidationError("Enter true or false.") from None


@dataclass(frozen=True, slots=True)
class Filter:
    """A query parameter, with its suffixes (``name__ic``)."""

    paths: tuple[str, ...]
    """Columns; a row matches when one of them does. None at all matches nothing."""
    field: Callable[[], forms.Field]
    lookups: Mapping[str, Lookup]
    sortable: bool = False
    many: bool = False
    """A row may match more than once, by several related rows."""

    def clean(self, suffix: str, text: str) -> Any:
        """The value; raises ValidationError."""
        if suffix == "isnull":
            return WireBoolean().clean(text)
        field = forms.CharField() if suffix in TEXT else self.field()  # a part is no whole choice
        return field.clean(text)

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any], user: Actor) -> Q:
        """One of the values in one column; what cannot be a key of related rows matches nothing."""
        if path.split("__")[-1] == "pk" and lookup != "isnull":
            values = _keys(model, path, values)
        plain = not any(isinstance(each, float) for each in values)  # `in` takes none too large
        if lookup == "exact" and len(values) > 1 and plain:
            return told(model, path, "in", values, user)
        return reduce(or_, (told(model, path, lookup, each, user) for each in values), NO_ROW)


def told(model: type[Model], path: str, lookup: str, value: Any, user: Actor) -> Q:
    """The lookup; what related rows say counts only where the user may see them.

    Their keys are shown with the row that has them, so those tell nothing new.
    """
    head, _, name = path.rpartition("__")
    if not head or name == "pk" or lookup == "isnull":
        return Q(**{f"{path}__{lookup}": value})
    target = _end_of(model, head)
    if policies.reaches_all(user, "view", target):
        return Q(**{f"{path}__{lookup}": value})
    seen = policies.viewable(target, user).filter(**{f"{name}__{lookup}": value})
    return Q(**{f"{head}__in": seen.values("pk")})


def _keys(model: type[Model], path: str, values: list[Any]) -> list[Any]:
    """Those of the values that can be keys, as the related rows have them."""
    keys = []
    for each in values:
        with suppress(ValidationError):
            key = _key_of(model, path).to_python(each)
            _key_of(model, path).run_validators(key)  # a number may be too large to look for
            keys.append(key)
    return keys


def _key_of(model: type[Model], path: str) -> Any:
    """The key that a path ends at: a UUID for our records, whatever it is for the host's."""
    return _end_of(model, path.rpartition("__")[0])._meta.pk


def _end_of(model: type[Model], path: str) -> type[Model]:
    """The model that relations lead to."""
    for name in filter(None, path.split("__")):
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model


def is_key(value: str) -> bool:
    """Whether a text can be the key of a record: a UUID, or a number as hosts' users may have."""
    return (value.isdecimal() and len(value) < 19) or is_uuid(value)


def is_uuid(value: str) -> bool:
    """Whether a text can be the key of one of our own records; else it may be a name."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def text(path: str, *, sortable: bool = True) -> Filter:
    """Characters."""
    return Filter((path,), forms.CharField, EQUAL | TEXT, sortable)


def key(path: str) -> Filter:
    """A UUID."""
    return Filter((path,), forms.UUIDField, EQUAL, sortable=True)


def own_key() -> Filter:
    """The key of a record of the host, whatever it is."""
    return Filter(("pk",), forms.CharField, EQUAL)


def choice(path: str, choices: list[tuple[str, Any]]) -> Filter:
    """One of a few words."""
    return Filter((path,), lambda: forms.ChoiceField(choices=choices), EQUAL | TEXT, sortable=True)


def boolean(path: str) -> Filter:
    """Yes or no."""
    return Filter((path,), WireBoolean, {"": ("exact", False)}, sortable=True)


def number(path: str) -> Filter:
    """A number."""
    return Filter((path,), forms.FloatField, EQUAL | ORDER, sortable=True)


class Moment(forms.DateTimeField):
    """A date and time that databases can compare, whatever zone it is given in."""

    def clean(self, value: Any) -> Any:
        """The moment; raises ValidationError."""
        found = super().clean(value)
        try:
            return found.astimezone(UTC) if found else found
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"]) from error


def moment(path: str) -> Filter:
    """A date and time."""
    return Filter((path,), Moment, EQUAL | ORDER | IS_NULL, sortable=True)


def relation(name: str, *, by: str = "name") -> Filter:
    """A related record by its id or its name."""
    return Filter((f"{name}__{by}", f"{name}__pk"), forms.CharField, EQUAL | IS_NULL)


def relations(name: str, *, by: str = "name") -> Filter:
    """One of many related records by its id or its name."""
    return replace(relation(name, by=by), many=True)


class Absence(WireBoolean):
    """``true`` asks for rows that have one, so that ``isnull`` is false."""

    def clean(self, value: Any) -> bool:
        """The opposite of what was said."""
        return not super().clean(value)


def present(name: str) -> Filter:
    """Whether there is any related record."""
    return Filter((name,), Absence, {"": ("isnull", False)}, many=True)


class KindName(forms.CharField):
    """``app.model`` in either spelling."""

    def clean(self, value: Any) -> str:
        """Ours."""
        return our_name(super().clean(value).lower())


def kind(path: str) -> Filter:
    """A kind of record, kept as ``app.model``."""
    return Filter((path,), KindName, EQUAL, sortable=True)


class Kinds(Filter):
    """Kinds of record that a row names, each as ``app.model``."""

    def term(self, model: type[Model], path: str, lookup: str, values: list[Any], user: Actor) -> Q:
        """One of them."""
        found = NO_ROW
        for each in values:
            app_label, _, name = each.partition(".")
            found |= Q(**{f"{path}__app_label": app_label, f"{path}__model": name})
        return found


def kinds(path: str) -> Filter:
    """Kinds of record by ``app.model`` in either spelling."""
    return Kinds((path,), KindName, EQUAL, many=True)


def relation_key(name: str) -> Filter:
    """A related record by its id only."""
    return Filter((f"{name}__pk",), forms.CharField, EQUAL | IS_NULL)


def nothing() -> Filter:
    """Something that records here do not have: accepted, and matches no row."""
    return Filter((), forms.CharField, EQUAL | TEXT | IS_NULL)
