"""Calendars of blackouts."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest

from jobsmith import policies
from jobsmith.actions.save_calendar import create_calendar, delete_calendar, update_calendar
from jobsmith.actions.stale import Seen
from jobsmith.filters.tables import CALENDARS
from jobsmith.models import BlackoutCalendar, ScheduledJob
from jobsmith.policies import Actor

from ..records import LinesField, RecordForm, RecordPages

SHOWN = 50


class CalendarForm(RecordForm):
    """A calendar of blackouts."""

    windows = LinesField(
        required=False,
        help_text="One a line: 2030-12-24 18:00 to 2031-01-02 06:00, fri 18:00 to mon 06:00, "
        "daily 22:00 to 06:00.",
    )
    field_order = ("name", "time_zone", "windows", "description")

    class Meta:
        model = BlackoutCalendar
        fields = ("name", "time_zone", "windows", "description")
        help_texts = {"time_zone": "Whose wall clock its windows go by, such as Europe/Berlin."}


class CalendarPages(RecordPages[BlackoutCalendar]):
    """Calendars of blackouts."""

    model = BlackoutCalendar
    form_class = CalendarForm
    table = CALENDARS
    name = "calendar"
    list_name = place = "calendars"
    one, many = "blackout calendar", "blackout calendars"
    lead = "Times at which nothing starts by the clock, for the schedules that keep to them."
    gone = "No schedule keeps to it."
    rows_template = "calendars/rows.html"
    side_template = "calendars/facts.html"

    def listed(self, rows: QuerySet[BlackoutCalendar], user: Actor) -> QuerySet[BlackoutCalendar]:
        """With how many schedules keep to them."""
        counted: QuerySet[BlackoutCalendar] = rows.annotate(schedule_count=Count("scheduled_jobs"))
        return counted

    def facts(self, row: BlackoutCalendar, user: Actor) -> Mapping[str, Any]:
        """Its schedules, as far as the viewer may see them."""
        seen = policies.viewable(ScheduledJob, user).filter(blackout_calendars=row)
        return {"schedules": seen.order_by("name")[:SHOWN]}

    def add(self, request: HttpRequest, values: dict[str, Any]) -> BlackoutCalendar:
        """Create it."""
        return create_calendar(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: BlackoutCalendar, values: dict[str, Any], seen: Seen
    ) -> BlackoutCalendar:
        """Change it."""
        return update_calendar(row, user=request.user, values=values, seen=seen)

    def remove(self, request: HttpRequest, row: BlackoutCalendar) -> None:
        """Delete it."""
        delete_calendar(row, user=request.user)
