"""Fields that bodies share."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError as BadValue
from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.filters.labels import our_name, wire_name
from jobsmith.policies import Actor


class RecordBody(serializers.ModelSerializer[Any]):
    """The fields of one kind of record that may be written; others are ignored."""


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {"type": "integer"},
            {"type": "object", "properties": {"id": {}, "name": {"type": "string"}}},
        ]
    }
)
class RelatedChoice(serializers.Field[Any, Any, Any, Any]):
    """A related record in a body: its id, its name, or an object with one or its natural key."""

    def __init__(self, model: type[models.Model], *, name: str = "name", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.name = name
        """The field that is unique in words."""

    def to_internal_value(self, data: Any) -> models.Model:
        """The record, among those the caller may see."""
        wanted = data.get("id") or data.get(self.name) if isinstance(data, dict) else data
        rows = self.within(self.context["request"].user)
        found = self._by_key(rows, wanted) or self._by_name(rows, wanted)
        found = found or self._by_natural_key(rows, data)
        if found is None:
            raise serializers.ValidationError(f"Related object not found: {_short(data)}")
        return found

    def within(self, user: Actor) -> Any:
        """The records that may be named."""
        return policies.viewable(self.model, user)

    def _by_key(self, rows: Any, wanted: Any) -> models.Model | None:
        if isinstance(wanted, bool) or not isinstance(wanted, str | int):
            return None
        try:
            found: models.Model | None = rows.filter(pk=wanted).first()
        except (ValueError, OverflowError, BadValue):
            return None
        return found

    def _by_name(self, rows: Any, wanted: Any) -> models.Model | None:
        if not isinstance(wanted, str) or "\x00" in wanted:
            return None
        found: models.Model | None = rows.filter(**{self.name: wanted}).first()
        return found

    def _by_natural_key(self, rows: Any, data: Any) -> models.Model | None:
        fields = getattr(self.model, "natural_fields", ())
        if not fields or not isinstance(data, dict) or data.keys() != set(fields):
            return None
        if not all(isinstance(each, str) and "\x00" not in each for each in data.values()):
            return None
        found: models.Model | None = rows.filter(**data).first()
        return found

    def to_representation(self, value: models.Model) -> str:
        """The id: bodies are not shown, but OPTIONS and forms may ask."""
        return str(value.pk)


class BoundedList(serializers.ListField):
    """A list of ``max_page_size`` items at most, counted before any is looked up."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """The items; raises ValidationError."""
        most = conf().max_page_size
        if isinstance(data, list) and len(data) > most:
            text = f"Send {most:,} items at most; these are {len(data):,}."
            raise serializers.ValidationError(text)
        return list(super().to_internal_value(data))


class ContentTypeChoice(serializers.CharField):
    """A kind of record as ``app.model``, in the clients' spelling or in ours."""

    def to_internal_value(self, data: Any) -> Any:
        """The content type."""
        return _content_type(super().to_internal_value(data)[:201])

    def to_representation(self, value: Any) -> str:
        """The clients' spelling."""
        return wire_name(f"{value.app_label}.{value.model}")


class ContentTypes(BoundedList):
    """Kinds of record as ``app.model``, in the clients' spelling or in ours."""

    child = serializers.CharField(max_length=201)

    def to_internal_value(self, data: Any) -> list[ContentType]:
        """The content types; what is none of them is refused by name."""
        return [_content_type(label) for label in super().to_internal_value(data)]

    def to_representation(self, value: Any) -> list[str]:
        """The clients' spelling, in order."""
        return labels_of(value.all())


def labels_of(kinds: Any) -> list[str]:
    """Content types in the clients' spelling."""
    return sorted(wire_name(f"{each.app_label}.{each.model}") for each in kinds)


def _content_type(label: str) -> ContentType:
    app_label, _, model = our_name(label.lower()).partition(".")
    found = ContentType.objects.filter(app_label=app_label, model=model).first()
    if found is None or found.model_class() is None or "\x00" in label:
        raise serializers.ValidationError(f"There is no kind of record called {_short(label)}.")
    return found


def _short(data: Any) -> str:
    return str(data).replace("\x00", "")[:100]
