"""What every record on the wire has, and how related records nest in it."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from jobsmith import policies
from jobsmith.filters.labels import wire_label
from jobsmith.policies import Actor

from ..natural import natural_slug
from ..shape import Shape

COMMON = ("id", "object_type", "display", "url", "natural_slug")
"""The first keys of every record."""


class WireDateTime(serializers.DateTimeField):
    """ISO 8601 in UTC with a ``Z``, whatever the host's settings say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"format": "iso-8601", "default_timezone": UTC, **kwargs})


@extend_schema_field(
    {
        "type": "object",
        "nullable": True,
        "required": ["id", "object_type", "url"],
        "properties": {
            "id": {"type": "string"},
            "object_type": {"type": "string"},
            "url": {"type": "string", "format": "uri"},
        },
        "additionalProperties": {},
    }
)
class Related(serializers.Field[Any, Any, Any, Any]):
    """A related record: id, type and address at depth 0, the whole record deeper.

    A record that the caller may not see stays at its id, type and address at any depth.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def get_attribute(self, instance: models.Model) -> Any:
        """The id and, where it was loaded, the record."""
        field = instance._meta.get_field(str(self.source))
        key = getattr(instance, field.attname)  # type: ignore[union-attr]
        if key is None:
            return None
        slot = _slot(str(self.source))
        record = getattr(instance, slot, None) if self.context["shape"].depth else None
        return field.related_model, key, record

    def to_representation(self, value: Any) -> dict[str, Any]:
        """The brief or the whole form."""
        model, key, record = value
        serializer = SERIALIZERS[model]
        if record is not None:
            return nest(serializer, record, self.context)
        return brief(serializer, key, self.context)


class RecordSerializer(serializers.ModelSerializer[Any]):
    """The common keys, optional keys by `Shape`, and related records by `Related`."""

    route: ClassVar[str]
    """Name of the record's detail address."""
    related: ClassVar[tuple[str, ...]] = ()
    """Foreign keys that `Related` shows."""
    lists: ClassVar[tuple[str, ...]] = ()
    """Keys that are lists of related records."""
    unread: ClassVar[tuple[str, ...]] = ()
    """Columns that are never shown and may be large."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: WireDateTime,
        models.EmailField: serializers.CharField,  # shown, it may be empty
    }

    object_type = serializers.SerializerMethodField()
    display = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    natural_slug = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Only the keys that the request's shape shows; what is not shown is not read."""
        shape: Shape = self.context.get("shape") or Shape(everything=True)
        hidden = {name for name in ("computed_fields", "relationships") if not shape.includes(name)}
        hidden |= set() if shape.shows_tags else {"tags"}
        hidden |= set() if shape.shows_many else set(self.lists)
        return {name: each for name, each in super().get_fields().items() if name not in hidden}

    @classmethod
    def optional_keys(cls) -> frozenset[str]:
        """Keys that the request's shape may leave out."""
        return frozenset({"tags", "computed_fields", "relationships", *cls.lists})

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Related rows that the record's own keys need, as prefetch lookups."""
        return []

    @staticmethod
    def key_on_wire(key: Any) -> Any:
        """The id as JSON has it."""
        return key if isinstance(key, int) else str(key)

    def get_object_type(self, record: Any) -> str:
        """``app.model`` as clients know it."""
        return wire_label(type(record))

    def get_display(self, record: Any) -> str:
        """The record in words."""
        return str(record)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, record: Any) -> str:
        """The record's own address, absolute."""
        return record_url(self.context["request"], type(self), record.pk)

    def get_natural_slug(self, record: Any) -> str:
        """A readable handle."""
        return natural_slug(record)


SERIALIZERS: dict[type[models.Model], type[RecordSerializer]] = {}
"""Which serializer shows which model."""

S = TypeVar("S", bound=type[RecordSerializer])


def shows(serializer: S) -> S:
    """Class decorator: this is how the model is shown, wherever it is nested."""
    SERIALIZERS[serializer.Meta.model] = serializer
    return serializer


def record_url(request: Request, serializer: type[RecordSerializer], key: Any) -> str:
    """The absolute address of a record."""
    return request.build_absolute_uri(reverse(f"jobsmith-api:{serializer.route}", args=[key]))


def nest(
    serializer: type[RecordSerializer], record: models.Model, context: Mapping[str, Any]
) -> dict[str, Any]:
    """A whole record inside another one."""
    deeper = {**context, "shape": context["shape"].one_deeper()}
    return dict(serializer(record, context=deeper).data)


def brief(
    serializer: type[RecordSerializer], key: Any, context: Mapping[str, Any]
) -> dict[str, Any]:
    """A related record at depth 0."""
    return {
        "id": serializer.key_on_wire(key),
        "object_type": wire_label(serializer.Meta.model),
        "url": record_url(context["request"], serializer, key),
    }


def related_list(
    serializer: type[RecordSerializer], records: list[Any], context: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Related records of a list key; whole ones only as far as the user may see them."""
    if not context["shape"].depth:
        return [brief(serializer, each.pk, context) for each in records]
    return [
        nest(serializer, each, context)
        if getattr(each, policies.IN_REACH, False)
        else brief(serializer, each.pk, context)
        for each in records
    ]


def load(records: list[Any], serializer: type[RecordSerializer], shape: Shape, user: Actor) -> None:
    """Fetch everything the records will show, in as few queries however many they are."""
    for record in records if shape.depth > 0 else ():
        _forget(record, serializer.related)
    prefetch_related_objects(records, *lookups(serializer, shape, user))


def _forget(record: models.Model, related: tuple[str, ...]) -> None:
    """What an action has read without asking who may see it would keep it from being asked for."""
    for name in related:
        record._state.fields_cache.pop(name, None)


def lookups(serializer: type[RecordSerializer], shape: Shape, user: Actor) -> list[Any]:
    """Related rows to fetch: nested ones only as far as the user may see them."""
    wanted: list[Any] = serializer.always_loaded(shape, user)
    if shape.depth <= 0:
        return wanted
    model: Any = serializer.Meta.model
    nested = [_nested(model, name, shape, user) for name in serializer.related]
    return nested + [_with_reach(model, each, shape.one_deeper(), user) for each in wanted]


def _nested(model: Any, name: str, shape: Shape, user: Actor) -> Any:
    """A related record as far as the user may see it, beside what the record itself needs of it."""
    target: Any = model._meta.get_field(name).related_model
    rows = policies.viewable(target, user).defer(*SERIALIZERS[target].unread)
    inner = lookups(SERIALIZERS[target], shape.one_deeper(), user)
    return Prefetch(name, queryset=rows.prefetch_related(*inner), to_attr=_slot(name))


def _slot(name: str) -> str:
    """The attribute of a record that holds a related one which the user may see."""
    return f"_seen_{name}"


def _with_reach(model: Any, name: Any, shape: Shape, user: Actor) -> Any:
    """A lookup of a list whose records say whether the user may see them; others as they are.

    What they show themselves in that shape is fetched with them.
    """
    field = model._meta.get_field(name) if name in _names(model) else None
    if field is None or not (field.many_to_many or field.one_to_many):
        return name
    rows = policies.with_reach(field.related_model, user)
    if serializer := SERIALIZERS.get(field.related_model):
        inner = lookups(serializer, shape, user)
        rows = rows.defer(*serializer.unread).prefetch_related(*inner)
    return Prefetch(name, queryset=rows)


def _names(model: Any) -> set[str]:
    return {field.name for field in model._meta.get_fields()}
