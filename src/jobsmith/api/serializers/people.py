"""Users and schedules, as far as they nest in other records."""

from typing import Any

from django.contrib.auth import get_user_model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.models import ApprovalWorkflow, BlackoutCalendar, ScheduledJob
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, SERIALIZERS, RecordSerializer, Related, related_list, shows
from .constants import Always
from .result import StatusSerializer

_USER_KEYS = ("last_login", "is_superuser", "username", "first_name", "last_name", "email")
_STAFF_KEYS = ("is_staff", "is_active", "date_joined")
_NAMES = {"id": "pk", "username": get_user_model().USERNAME_FIELD}
_SOURCES = {key: {"source": name} for key, name in _NAMES.items() if key != name}
"""Keys that clients rely on, whatever the host's user model calls them."""


def _is_shown(key: str) -> bool:
    return key in _NAMES or hasattr(get_user_model(), key)


@shows
class UserSerializer(RecordSerializer):
    """A user; a host's user model shows those of the usual fields that it has."""

    route = "user-detail"

    config_data = Always({})

    class Meta:
        model = get_user_model()
        fields = (
            *COMMON,
            *(key for key in (*_USER_KEYS, *_STAFF_KEYS) if _is_shown(key)),
            "config_data",
        )
        read_only_fields = fields
        extra_kwargs = _SOURCES
        ref_name = "User"


@shows
class ScheduledJobSerializer(RecordSerializer):
    """A schedule."""

    route = "scheduled-job-detail"
    related = ("job_model", "job_queue", "user")
    lists = ("associated_approval_workflows", "blackout_calendars")

    blackout_calendars = serializers.SerializerMethodField()
    associated_approval_workflows = serializers.SerializerMethodField()
    queue = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    job_model = Related()
    job_queue = Related()
    user = Related()

    class Meta:
        model = ScheduledJob
        fields = (
            *COMMON,
            *(
                "queue",
                "time_zone",
                "associated_approval_workflows",
                "state",
                "name",
                "task",
                "interval",
                "crontab",
                "args",
            ),
            *("kwargs", "one_off", "start_time", "enabled", "last_run_at", "total_run_count"),
            *("date_changed", "description", "celery_kwargs", "decision_date"),
            *("job_model", "job_queue", "user"),
            *("state_reason", "misfire", "next_due_at", "priority"),
            *("overlap", "end_time", "pause_after_failures", "every_minutes", "rrule"),
            *("jitter_seconds", "blackout", "blackout_calendars", "held_until"),
        )
        read_only_fields = fields

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Approvals and calendars, where lists are shown."""
        return list(cls.lists) if shape.shows_many else []

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_associated_approval_workflows(self, scheduled: ScheduledJob) -> list[dict[str, Any]]:
        """Its approvals, brief or whole."""
        found = list(scheduled.associated_approval_workflows.all())
        return related_list(SERIALIZERS[ApprovalWorkflow], found, self.context)

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_blackout_calendars(self, scheduled: ScheduledJob) -> list[dict[str, Any]]:
        """The calendars that it keeps to, brief or whole."""
        found = list(scheduled.blackout_calendars.all())
        return related_list(SERIALIZERS[BlackoutCalendar], found, self.context)

    def get_queue(self, scheduled: ScheduledJob) -> str:
        """The queue's name."""
        return str(scheduled.celery_kwargs.get("queue", ""))

    @extend_schema_field(StatusSerializer)
    def get_state(self, scheduled: ScheduledJob) -> dict[str, str]:
        """Where the schedule stands."""
        return {"value": scheduled.state, "label": scheduled.get_state_display()}
