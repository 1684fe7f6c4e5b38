"""Calendars of blackouts on the wire."""

from rest_framework import serializers

from jobsmith.models import BlackoutCalendar

from .base import COMMON, RecordSerializer, shows


@shows
class CalendarSerializer(RecordSerializer):
    """A calendar of blackouts."""

    route = "blackout-calendar-detail"

    windows = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = BlackoutCalendar
        fields = (
            *COMMON,
            *("name", "description", "time_zone", "windows", "created", "last_updated"),
        )
        read_only_fields = fields
