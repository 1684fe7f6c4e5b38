"""Picking records: found by what people type, offered in bounded numbers, taken by name or key."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, IntegerField, Model, Q, QuerySet, TextField, When
from django.forms.models import ModelChoiceIterator

from jobsmith.redact import names_a_secret

from .objects import MORE_THAN_ONE, NOT_AVAILABLE, as_key

SHOWN = 200
"""Options a page offers; further ones are searched for, or typed."""
SEARCHED = 6
TYPED = "_typed_"
"""Before the name of a field: the text field beside it, which takes names and keys."""
EXACT, BEGINS, HOLDS = range(3)


class Typed(str):
    """What was typed instead of chosen: a record's name or key."""

    __slots__ = ()


class PickOne(forms.Select):
    """Choose one, or type which."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed, else what was chosen."""
        typed = _typed(data, name).strip()
        return Typed(typed) if typed else super().value_from_datadict(data, files, name)


class PickMany(forms.SelectMultiple):
    """Choose some, and type others, parted by commas."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was chosen and what was typed."""
        chosen = super().value_from_datadict(data, files, name)
        typed = [Typed(each.strip()) for each in _typed(data, name).split(",") if each.strip()]
        return [*(chosen or ()), *typed] if typed else chosen


def _typed(data: Any, name: str) -> str:
    said = data.get(f"{TYPED}{name}", "")
    return said if isinstance(said, str) else ""


def columns(model: type[Model], shown: str = "") -> list[str]:
    """Columns of text that may be searched; what people call a record by comes first."""
    found = [
        each.name
        for each in model._meta.concrete_fields
        if isinstance(each, CharField | TextField) and not names_a_secret(each.name)
    ]
    user = get_user_model()
    names = (shown, user.USERNAME_FIELD if model is user else "", "name", "title")
    first = next((name for name in names if name in found), "")
    return sorted(found, key=lambda name: name != first)[:SEARCHED]


def best_first(rows: "QuerySet[Any]", words: str, shown: str = "") -> "QuerySet[Any]":
    """Rows that hold the words: first those called so, then those whose name begins so."""
    names = columns(rows.model, shown)
    if not words or not names:
        return rows if rows.ordered or not names else rows.order_by(names[0], "pk")
    holding = Q()
    for name in names:
        holding |= Q(**{f"{name}__icontains": words})
    rank = Case(
        When(**{f"{names[0]}__iexact": words}, then=EXACT),
        When(**{f"{names[0]}__istartswith": words}, then=BEGINS),
        default=HOLDS,
        output_field=IntegerField(),
    )
    ranked: QuerySet[Any] = rows.filter(holding).annotate(picking_rank=rank)
    return ranked.order_by("picking_rank", names[0], "pk")


def named(rows: "QuerySet[Any]", text: str, shown: str = "") -> Model:
    """The one row with that key or that name; ValidationError where there is none, or several."""
    try:
        found: list[Model] = list(rows.filter(pk=as_key(rows.model, text)))
    except ValidationError:
        found = []
    names = columns(rows.model, shown)[:1]
    if not found and names:
        found = list(rows.filter(**{names[0]: text})[:2])
    if not found:
        raise ValidationError(NOT_AVAILABLE, code="invalid_choice")
    if len(found) > 1:
        raise ValidationError(MORE_THAN_ONE)
    return found[0]


class Few(ModelChoiceIterator):  # type: ignore[type-arg]  # not generic when run
    """The first of the rows, and those that are chosen."""

    field: Any
    cut = False
    """Whether there are more, once it was read."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        found = list(self.queryset[: SHOWN + 1])
        self.cut = len(found) > SHOWN
        rows = {each.pk: each for each in found[:SHOWN]}
        if self.cut:
            rows |= {each.pk: each for each in self._chosen()}
        yield from map(self.choice, rows.values())

    def _chosen(self) -> "QuerySet[Any]":
        said = self.field.chosen()
        keys = []
        for each in said if isinstance(said, Iterable) and not isinstance(said, str) else [said]:
            try:
                keys.append(as_key(self.queryset.model, each))
            except ValidationError:
                continue
        return self.queryset.filter(pk__in=[key for key in keys if key is not None])


def offer(form: forms.BaseForm, name: str, rows: "QuerySet[Any]") -> None:
    """Let a field choose from these rows, however many there are; names may be typed as well."""
    field: Any = form.fields[name]
    many = isinstance(field, forms.ModelMultipleChoiceField)
    widget = (PickMany if many else PickOne)(attrs=field.widget.attrs)
    widget.is_required = field.required
    field.widget, field.iterator, field.chosen = widget, Few, lambda: form[name].value()
    names = columns(rows.model)
    field.queryset = rows.order_by(names[0], "pk") if names else rows
    vars(field)["clean"] = _taking_names(field, field.clean)


def _taking_names(field: Any, clean: Any) -> Any:
    def clean_names(value: Any) -> Any:
        if isinstance(value, list):
            return clean([_key(field, each) for each in value])
        return clean(_key(field, value))

    return clean_names


def _key(field: Any, value: Any) -> Any:
    return named(field.queryset, value).pk if isinstance(value, Typed) else value
