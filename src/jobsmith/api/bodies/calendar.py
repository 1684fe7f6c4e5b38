"""The body of a calendar of blackouts."""

from rest_framework import serializers

from jobsmith.models import BlackoutCalendar

from .base import BoundedList, RecordBody


class CalendarBody(RecordBody):
    """A calendar of blackouts."""

    windows = BoundedList(
        child=serializers.CharField(max_length=100),
        required=False,
        help_text="Such as fri 18:00 to mon 06:00; times are those of time_zone.",
    )

    class Meta:
        model = BlackoutCalendar
        fields = ("name", "description", "time_zone", "windows")
