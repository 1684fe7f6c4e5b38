"""Job buttons on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.filters.labels import wire_name
from jobsmith.models import JobButton
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, RecordSerializer, Related, shows
from .constants import notes_url


class KindsSerializer(RecordSerializer):
    """A record that names kinds of record, belongs to a job and takes notes."""

    related = ("job",)

    content_types = serializers.SerializerMethodField()
    job = Related()
    notes_url = serializers.SerializerMethodField()

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Kinds of record."""
        return ["content_types"]

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_content_types(self, record: Any) -> list[str]:
        """Kinds of record that it is for."""
        kinds = record.content_types.all()
        return sorted(wire_name(f"{each.app_label}.{each.model}") for each in kinds)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, record: Any) -> str:
        """Where its notes are."""
        return notes_url(self.get_url(record))


@shows
class ButtonSerializer(KindsSerializer):
    """A job button."""

    route = "job-button-detail"

    class Meta:
        model = JobButton
        fields = (
            *COMMON,
            *("content_types", "name", "enabled", "text", "weight", "group_name", "button_class"),
            *("confirmation", "job", "created", "last_updated", "notes_url"),
        )
