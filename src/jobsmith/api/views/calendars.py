"""Calendars of blackouts."""

from collections.abc import Mapping
from typing import Any

from jobsmith.actions.save_calendar import create_calendar, delete_calendar, update_calendar
from jobsmith.filters.tables import CALENDARS
from jobsmith.models import BlackoutCalendar

from ..bodies.calendar import CalendarBody
from ..serializers.calendar import CalendarSerializer
from .editable import CreatableViewSet


class CalendarViewSet(CreatableViewSet):
    """Calendars of blackouts."""

    model = BlackoutCalendar
    serializer_class = CalendarSerializer
    body_class = CalendarBody
    filters = CALENDARS

    def add(self, values: Mapping[str, Any]) -> BlackoutCalendar:
        """Add it."""
        return create_calendar(user=self.request.user, values=values)

    def change(self, record: BlackoutCalendar, values: Mapping[str, Any]) -> BlackoutCalendar:
        """Edit it."""
        return update_calendar(record, user=self.request.user, values=values)

    def remove(self, record: BlackoutCalendar) -> None:
        """Delete it."""
        delete_calendar(record, user=self.request.user)
