"""Tags, notes, queue assignments, changes and saved queries on the wire."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.filters.labels import wire_label, wire_name
from jobsmith.models import GraphQLQuery, JobQueueAssignment, Note, ObjectChange, Tag
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, SERIALIZERS, RecordSerializer, Related, brief, shows
from .constants import Always, notes_url
from .result import StatusSerializer

_WORDS = {"type": "array", "items": {"type": "string"}}
_BRIEF = {"type": "object", "nullable": True, "additionalProperties": {}}


@shows
class TagSerializer(RecordSerializer):
    """A tag."""

    route = "tag-detail"

    content_types = serializers.SerializerMethodField()
    notes_url = serializers.SerializerMethodField()
    custom_fields = Always({})

    class Meta:
        model = Tag
        fields = (
            *COMMON,
            *("content_types", "name", "color", "description", "created", "last_updated"),
            *("notes_url", "custom_fields"),
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Kinds of record."""
        return ["content_types"]

    @extend_schema_field(_WORDS)
    def get_content_types(self, tag: Tag) -> list[str]:
        """Kinds of record that may carry it."""
        kinds = tag.content_types.all()
        return sorted(wire_name(f"{each.app_label}.{each.model}") for each in kinds)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, tag: Tag) -> str:
        """Where its notes are."""
        return notes_url(self.get_url(tag))


@shows
class NoteSerializer(RecordSerializer):
    """A note."""

    route = "note-detail"
    related = ("user",)

    assigned_object_type = serializers.SerializerMethodField()
    assigned_object = serializers.SerializerMethodField()
    user = Related()

    class Meta:
        model = Note
        fields = (
            *COMMON,
            *("assigned_object_type", "assigned_object", "note", "created", "last_updated"),
            *("assigned_object_id", "user_name", "user"),
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """What it is on."""
        return ["assigned_object_type", "assigned_object"]

    def get_assigned_object_type(self, note: Note) -> str:
        """``app.model`` of what it is on."""
        return kind_label(note.assigned_object_type)

    @extend_schema_field(_BRIEF)
    def get_assigned_object(self, note: Note) -> dict[str, Any] | None:
        """What it is on."""
        kind = note.assigned_object_type
        return brief_of(kind, note.assigned_object_id, self.context)


@shows
class AssignmentSerializer(RecordSerializer):
    """A queue that runs of a job may wait in."""

    route = "job-queue-assignment-detail"
    related = ("job", "job_queue")

    job = Related()
    job_queue = Related()

    class Meta:
        model = JobQueueAssignment
        fields = (*COMMON, "job", "job_queue")

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Names of both sides are in its display."""
        return ["job", "job_queue"]

    def get_display(self, record: JobQueueAssignment) -> str:
        """Job, kind of queue and queue."""
        queue = record.job_queue
        return f"{record.job}: {queue.queue_type}: {queue.name}"


@shows
class ChangeSerializer(RecordSerializer):
    """A line of the audit trail."""

    route = "object-change-detail"
    related = ("user",)

    action = serializers.SerializerMethodField()
    changed_object_type = serializers.SerializerMethodField()
    related_object_type = serializers.SerializerMethodField()
    changed_object = serializers.SerializerMethodField()
    related_object_id = serializers.SerializerMethodField()
    object_data = serializers.JSONField(source="after", read_only=True)
    object_data_v2 = serializers.JSONField(source="after", read_only=True)
    user = Related()

    class Meta:
        model = ObjectChange
        fields = (
            *COMMON,
            *("action", "changed_object_type", "related_object_type", "changed_object", "time"),
            *("user_name", "request_id", "changed_object_id", "change_context"),
            *("change_context_detail", "related_object_id", "object_repr", "object_data"),
            *("object_data_v2", "user", "before", "after", "seal_number", "seal"),
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Kinds of record."""
        return ["changed_object_type", "related_object_type"]

    @extend_schema_field(StatusSerializer)
    def get_action(self, change: ObjectChange) -> dict[str, str]:
        """What was done."""
        return {"value": change.action, "label": change.get_action_display()}

    def get_changed_object_type(self, change: ObjectChange) -> str:
        """``app.model`` of what was changed."""
        return wire_name(change.object_label)

    @extend_schema_field({"type": "string", "nullable": True})
    def get_related_object_type(self, change: ObjectChange) -> str | None:
        """``app.model`` of what the change is about."""
        kind = change.related_object_type
        return kind_label(kind) if kind else None

    @extend_schema_field(_BRIEF)
    def get_changed_object(self, change: ObjectChange) -> dict[str, Any] | None:
        """What was changed; null once it is deleted, or where it has no address here."""
        kind = change.changed_object_type
        if kind is None or change.action == ObjectChange.Action.DELETE:
            return None
        return brief_of(kind, change.changed_object_id, self.context)

    @extend_schema_field({"type": "string", "nullable": True})
    def get_related_object_id(self, change: ObjectChange) -> str | None:
        """Key of what the change is about."""
        return change.related_object_id or None


@shows
class GraphQLQuerySerializer(RecordSerializer):
    """A saved query."""

    route = "graphql-query-detail"

    slug = serializers.CharField(read_only=True)
    notes_url = serializers.SerializerMethodField()
    custom_fields = Always({})

    class Meta:
        model = GraphQLQuery
        fields = (
            *COMMON,
            *("name", "variables", "query", "created", "last_updated", "notes_url"),
            *("custom_fields", "slug"),
        )

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, query: GraphQLQuery) -> str:
        """Where its notes are."""
        return notes_url(self.get_url(query))


def kind_label(kind: ContentType) -> str:
    """A content type as clients spell it."""
    model: type[models.Model] | None = kind.model_class()
    return wire_label(model) if model else f"{kind.app_label}.{kind.model}"


def brief_of(kind: ContentType, key: Any, context: Any) -> dict[str, Any] | None:
    """Any record by kind and key; None where this door has no address for it."""
    serializer = SERIALIZERS.get(kind.model_class() or ContentType)
    return brief(serializer, key, context) if serializer else None
