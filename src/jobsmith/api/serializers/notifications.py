"""Notification rules, deliveries and notifications on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.actions.telling import link
from jobsmith.models import NotificationDelivery, NotificationRule
from jobsmith.policies import Actor

from ..shape import Shape
from .access import GroupSerializer
from .base import COMMON, RecordSerializer, Related, WireDateTime, related_list, shows
from .job import JobSerializer
from .people import UserSerializer

_WORDS = {"type": "array", "items": {"type": "string"}}
_LIST = {"type": "array", "items": {"type": "object", "additionalProperties": {}}}


@shows
class NotificationRuleSerializer(RecordSerializer):
    """A notification rule; of its address only what is not secret."""

    route = "notification-rule-detail"
    related = ("owner",)
    unread = ("sealed_url", "sealed_signing_key")

    owner = Related()
    events = serializers.SerializerMethodField()
    jobs = serializers.SerializerMethodField()
    users = serializers.SerializerMethodField()
    groups = serializers.SerializerMethodField()

    class Meta:
        model = NotificationRule
        fields = (
            *COMMON,
            *("name", "enabled", "events", "jobs", "own_only", "channel", "users", "groups"),
            *("address", "owner", "created", "last_updated"),
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """All its lists."""
        return ["jobs", "users", "groups"]

    @extend_schema_field(_WORDS)
    def get_events(self, rule: NotificationRule) -> list[str]:
        """What it tells of."""
        return list(rule.events)

    @extend_schema_field(_LIST)
    def get_jobs(self, rule: NotificationRule) -> list[dict[str, Any]]:
        """What it must be about; none means all."""
        return related_list(JobSerializer, list(rule.jobs.all()), self.context)

    @extend_schema_field(_LIST)
    def get_users(self, rule: NotificationRule) -> list[dict[str, Any]]:
        """Who is told."""
        return related_list(UserSerializer, list(rule.users.all()), self.context)

    @extend_schema_field(_LIST)
    def get_groups(self, rule: NotificationRule) -> list[dict[str, Any]]:
        """Whose members are told."""
        return related_list(GroupSerializer, list(rule.groups.all()), self.context)


class _OfEvent(RecordSerializer):
    """What happened, in the words that recipients are told."""

    event = serializers.CharField(source="event.facts.event", read_only=True)
    title = serializers.CharField(source="event.facts.title", read_only=True)
    happened_at = WireDateTime(source="event.happened_at", read_only=True)

    def get_display(self, record: NotificationDelivery) -> str:
        """The title."""
        return str(record.event.facts.get("title", ""))


@shows
class DeliverySerializer(_OfEvent):
    """What became of one message to one recipient."""

    route = "notification-delivery-detail"
    related = ("rule", "user")

    rule = Related()
    user = Related()

    class Meta:
        model = NotificationDelivery
        fields = (
            *COMMON,
            *("rule", "user", "event", "title", "happened_at", "state", "attempts"),
            *("created", "next_attempt_at", "sent_at", "last_error"),
        )


class NotificationSerializer(_OfEvent):
    """What the caller was told in Jobsmith."""

    route = "notification-detail"

    page = serializers.SerializerMethodField()
    job = serializers.CharField(source="event.facts.job", default="", read_only=True)
    status = serializers.CharField(source="event.facts.status", default="", read_only=True)
    who = serializers.CharField(source="event.facts.who", default="", read_only=True)

    class Meta:
        model = NotificationDelivery
        fields = (
            *COMMON,
            *("event", "title", "status", "job", "who", "page", "happened_at", "read_at"),
        )

    def get_page(self, record: NotificationDelivery) -> str:
        """The page about it."""
        return link(record.event.facts.get("page", ""))
