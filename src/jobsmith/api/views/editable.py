"""Writes of one kind of record: one at a time, or many on the list address."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as BadValue
from django.db.models import Model
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith.actions.delete_record import delete_record
from jobsmith.actions.save_record import create_record, update_record
from jobsmith.actions.transactions import changes
from jobsmith.conf import conf
from jobsmith.errors import InputsRefused, NotFound

from ..describing import described
from ..serializers import record_url
from ..shape import WRITTEN
from .base import RecordViewSet


class DeletableViewSet(RecordViewSet):
    """DELETE, also in bulk; the verb itself is an action."""

    rights = {**RecordViewSet.rights, "destroy": "delete", "bulk_destroy": "delete"}

    def remove(self, record: Any) -> None:
        """Carry out a deletion."""
        delete_record(record, user=self.request.user)

    @described(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete."""
        with field_errors():
            self.remove(self.get_object())
        return Response(status=204)

    @described(responses={204: None})
    def bulk_destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete many: a list of objects with ``id``; unknown ones are skipped."""
        with field_errors(), changes():
            for record, _ in self.chosen(request):
                with suppress(NotFound):  # somebody was quicker
                    self.remove(record)
        return Response(status=204)

    def chosen(self, request: Request) -> list[tuple[Any, Any]]:
        """Records that the body names, each with its part of the body."""
        entries = _entries(request.data)
        keys = {self._key(each["id"]): each for each in entries}
        rows = self.get_queryset().filter(pk__in=keys.keys() - {None}).order_by("pk")
        return [(row, keys[row.pk]) for row in rows]

    def _key(self, value: str | int) -> Any:
        """The id as the rows have it, however it is spelt; None for what cannot be one."""
        field = self.model._meta.pk
        try:
            key = field.to_python(value)
            field.run_validators(key)  # a number may be too large to look for
        except (BadValue, ValueError):
            return None
        return key


class EditableViewSet(DeletableViewSet):
    """PUT and PATCH too, also in bulk."""

    body_class: ClassVar[type[serializers.BaseSerializer[Any]]]
    """What a write may send."""
    rights = {
        **DeletableViewSet.rights,
        "update": "change",
        "partial_update": "change",
        "bulk_update": "change",
        "bulk_partial_update": "change",
    }

    def change(self, record: Any, values: Mapping[str, Any]) -> Any:
        """Carry out an edit; returns the record as it is now."""
        return update_record(record, user=self.request.user, values=values)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace what may be written: all required keys must be there."""
        return self._answer(self._edit(self.get_object(), request.data, partial=False))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the keys that are there."""
        return self._answer(self._edit(self.get_object(), request.data, partial=True))

    def bulk_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace many: a list of objects with ``id``; unknown ones are skipped."""
        return self._bulk(request, partial=False)

    def bulk_partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change many: a list of objects with ``id``; unknown ones are skipped."""
        return self._bulk(request, partial=True)

    def _bulk(self, request: Request, *, partial: bool) -> Response:
        with changes():
            chosen = self.chosen(request)
            records = [self._edit(each, data, partial=partial) for each, data in chosen]
        return Response(self.represent(records, WRITTEN))

    def _edit(self, record: Any, data: Any, *, partial: bool) -> Any:
        body = self.body(data, instance=record, partial=partial)
        with field_errors():
            return self.change(record, values_of(body))

    def body(self, data: Any, **kwargs: Any) -> Any:
        """The body, read and checked."""
        read = self.body_class(data=data, context={"request": self.request}, **kwargs)
        read.is_valid(raise_exception=True)
        return read

    def _answer(self, record: Any, status: int = 200) -> Response:
        return Response(self.represent([record], WRITTEN)[0], status=status)


class CreatableViewSet(EditableViewSet):
    """POST too: one object, or a list of them."""

    rights = {**EditableViewSet.rights, "create": "add"}

    def add(self, values: Mapping[str, Any]) -> Any:
        """Carry out a creation; returns the record."""
        return create_record(self.model, user=self.request.user, values=values)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create one record, or as many as the body lists."""
        if isinstance(request.data, list):
            with changes():
                records = [self._add(each) for each in _bounded(request.data)]
            return Response(self.represent(records, WRITTEN), status=201)
        record: Model = self._add(request.data)
        answer = self._answer(record, status=201)
        answer["Location"] = record_url(request, self.serializer_class, record.pk)
        return answer

    def _add(self, data: Any) -> Any:
        body = self.body(data)
        with field_errors():
            return self.add(values_of(body))


def values_of(body: Any) -> dict[str, Any]:
    """Fields and their new values."""
    return dict(body.validated_data)


@contextmanager
def field_errors() -> Iterator[None]:
    """Inside, what an action refuses by field becomes the answer to a bad body."""
    try:
        yield
    except InputsRefused as refusal:
        raise serializers.ValidationError(refusal.errors) from refusal


def _entries(data: Any) -> list[dict[str, Any]]:
    entries = _bounded(data)
    if not all(isinstance(each, dict) for each in entries):
        raise serializers.ValidationError({"non_field_errors": ["Expected a list of objects."]})
    if not all(each.get("id") for each in entries):
        raise serializers.ValidationError({"id": ["This field is required."]})
    if any(
        isinstance(each["id"], bool) or not isinstance(each["id"], str | int) for each in entries
    ):
        raise serializers.ValidationError({"id": ["An id is a text or a whole number."]})
    return entries


def _bounded(data: Any) -> list[Any]:
    limit = conf().max_page_size
    if not isinstance(data, list) or not data:
        said = "This list may not be empty." if data == [] else "Expected a list of items."
        raise serializers.ValidationError({"non_field_errors": [said]})
    if len(data) > limit:
        text = f"Send {limit} items at most; these are {len(data)}."
        raise serializers.ValidationError({"non_field_errors": [text]})
    return data
