"""Tags of a record."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.policies import Actor

from ..shape import Shape
from .base import RecordSerializer, related_list
from .records import TagSerializer


class TaggedMixin(RecordSerializer):
    """The key ``tags``: a list of tags, brief or whole."""

    tags = serializers.SerializerMethodField()

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """The tags, where they are shown."""
        return ["tags"] if shape.shows_tags else []

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_tags(self, record: Any) -> list[dict[str, Any]]:
        """The record's tags."""
        return related_list(TagSerializer, list(record.tags.all()), self.context)
