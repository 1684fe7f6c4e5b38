"""Schedules."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.delete_schedule import delete_schedule
from jobsmith.actions.pacing import Coming, upcoming
from jobsmith.actions.save_schedule import (
    UNAPPROVED,
    pause_schedule,
    resume_schedule,
    retime_schedule,
    run_schedule_now,
    skip_next_due,
)
from jobsmith.actions.stale import Seen
from jobsmith.actions.timing import read_timing, repeats
from jobsmith.errors import InputsRefused, ScheduleRefused
from jobsmith.filters.tables import SCHEDULES
from jobsmith.models import Job, JobQueue, ScheduledJob
from jobsmith.policies import Actor
from jobsmith.recurrence import BadRule

from ..asked import began, request_seen, to_request
from ..inputs_shown import schedule_inputs_shown
from ..page import page
from ..records import RecordForm, RecordPages

ACTS = ("pause", "resume", "skip", "run")
DUE_SHOWN = 10
REQUESTS = "requests"
SHOWN = 10
REQUESTS = "requests"
LATER = [each for each in ScheduledJob.Interval.choices if each[0] != "immediately"]


class ScheduleForm(RecordForm):
    """When a schedule is due; what it runs stays."""

    start_time = forms.CharField(
        required=False, label="Start", help_text="In its time zone. Nothing is due before."
    )
    end_time = forms.CharField(
        required=False, label="End", help_text="In its time zone. Nothing is due after it."
    )
    field_order = (
        *("name", "interval", "start_time", "end_time", "crontab", "every_minutes", "rrule"),
        "time_zone",
        *("misfire", "overlap", "pause_after_failures"),
        *("blackout_calendars", "blackout", "jitter_seconds"),
    )

    class Meta:
        model = ScheduledJob
        fields = (
            *("name", "interval", "crontab", "every_minutes", "rrule", "time_zone"),
            *("misfire", "overlap", "pause_after_failures"),
            *("blackout_calendars", "blackout", "jitter_seconds"),
        )
        labels = {
            "blackout": "When it is due in one",
            "jitter_seconds": "Start up to so many seconds late",
            "interval": "Repeats",
            "every_minutes": "Every so many minutes",
            "rrule": "Rule",
            "misfire": "When it was missed",
            "overlap": "While an earlier run goes on",
            "pause_after_failures": "Failures in a row",
        }
        help_texts = {
            "crontab": "Minute, hour, day, month, weekday. "
            "A custom one has this or one of the next two.",
            "every_minutes": "Counted from the start, whatever the clock does.",
            "rrule": "As calendars write them: FREQ=MONTHLY;BYDAY=-1FR.",
            "time_zone": "Whose wall clock it goes by, such as Europe/Berlin.",
            "blackout_calendars": "In their windows nothing starts.",
            "jitter_seconds": "So that not everything starts in the same second. 0: on time.",
            "misfire": "What becomes of due times at which no scheduler ran.",
            "overlap": "What becomes of due times before the last run of this schedule has ended.",
            "pause_after_failures": "It is paused after so many runs that did not succeed. "
            "0: never.",
        }

    def __init__(self, data: Any = None, *, row: ScheduledJob, user: Actor) -> None:
        """Its start and its end are shown by the schedule's own clock."""
        super().__init__(data, row=row, user=user)
        self.fields["interval"].choices = LATER  # type: ignore[attr-defined]
        for name in ("pause_after_failures", "every_minutes", "jitter_seconds"):
            self.fields[name].required = False
        for name in ("start_time", "end_time"):
            moment = getattr(row, name)
            shown = f"{_at(moment, _zone(row)):%Y-%m-%d %H:%M:%S}" if moment else ""
            self.initial[name] = shown


class SchedulePages(RecordPages[ScheduledJob]):
    """Schedules. They are made on the page that runs a job."""

    model = ScheduledJob
    form_class = ScheduleForm
    table = SCHEDULES
    name = "schedule"
    list_name = place = "schedules"
    one, many = "schedule", "schedules"
    lead = "Jobs that run by the clock. To make one, go to a job, choose Run, and say when."
    gone = "It does not run any more. The runs that it started stay."
    places = MappingProxyType({"": "Schedules", REQUESTS: "Asked for at once"})
    rows_template = "schedules/rows.html"
    side_template = "schedules/facts.html"

    def may(self, user: Actor, right: str, row: ScheduledJob | None = None) -> bool:
        """None is added here, and what was asked for at once is not edited."""
        if right == "add" or (right == "change" and row is not None and row.asked):
            return False
        return super().may(user, right, row)

    def chosen(self, rows: QuerySet[ScheduledJob], place: str) -> QuerySet[ScheduledJob]:
        """What was asked for at once has its place among approvals, and is here only on demand."""
        by_clock = Q(asked={})
        return rows.filter(~by_clock if place == REQUESTS else by_clock)

    def listed(self, rows: QuerySet[ScheduledJob], user: Actor) -> QuerySet[ScheduledJob]:
        """With their owners."""
        return rows.select_related("user")

    def row_facts(self, rows: list[ScheduledJob], user: Actor) -> Mapping[str, Any]:
        """Each with its job, where it is in sight, and when it is due by its own clock."""
        jobs = policies.jobs(user).in_bulk([each.job_model_id for each in rows])
        return {
            "entries": [
                {
                    "row": row,
                    "job": jobs.get(row.job_model_id),
                    "rule": "" if repeats(row) == row.interval else repeats(row),
                    "due": _at(row.next_due_at, _zone(row)) if row.next_due_at else None,
                }
                for row in rows
            ]
        }

    def facts(self, row: ScheduledJob, user: Actor) -> Mapping[str, Any]:
        """What it runs, when it is due, and what came of it."""
        job = policies.jobs(user).filter(scheduled_jobs=row).first()
        runs = policies.results(user).filter(scheduled_job=row).order_by("-date_created")
        return {
            "heading": row.name,
            "job": job,
            "queue": policies.viewable(JobQueue, user).filter(scheduled_jobs=row).first(),
            "due": _due(row),
            "ends": _at(row.end_time, _zone(row)) if row.end_time else None,
            "skipped": row.due_times.exclude(skipped="")[:SHOWN],
            "runs": runs[:SHOWN],
            "may_run": not row.asked
            and policies.jobs(user, "run").filter(scheduled_jobs=row).exists(),
            "inputs": schedule_inputs_shown(row, user=user),
            "inputs_address": "" if row.asked else self.address("_inputs", row),
            "transfer_address": "" if row.asked else self.address("_transfer", row),
            "approval": request_seen(user, row),
            "waits": row.state in UNAPPROVED,
            "over": row.state == ScheduledJob.State.COMPLETED,
            "zone": timezone.get_current_timezone_name(),
            "acts": {each: self.address(f"_{each}", row) for each in ACTS},
        }

    def change(
        self, request: HttpRequest, row: ScheduledJob, values: dict[str, Any], seen: Seen
    ) -> ScheduledJob:
        """Change when it is due."""
        try:
            calendars = [str(each.pk) for each in values.get("blackout_calendars", ())]
            given = {**values, "blackout_calendars": calendars}
            timing = read_timing(given, current=row)
            if timing is None:
                return row
            return retime_schedule(row, user=request.user, timing=timing, seen=seen)
        except ScheduleRefused as error:
            raise InputsRefused(error.errors) from error

    def remove(self, request: HttpRequest, row: ScheduledJob) -> None:
        """Delete it, and what waits for approval with it."""
        delete_schedule(row, user=request.user)

    def pause(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Switch it off."""
        return self._switch(request, pk, pause_schedule, "Paused.")

    def resume(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Switch it on."""
        return self._switch(request, pk, resume_schedule, "Resumed.")

    def skip(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Let its next due time pass."""
        return self._switch(request, pk, skip_next_due, "It lets its next due time pass.")

    def run(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Run it once more, now; then show the run to who may see it."""
        policies.require(request.user, "run", Job)
        self.require(request.user, "view")
        row = self._find(self.rows(request.user), pk)
        result = run_schedule_now(row, user=request.user, door="web")
        if isinstance(result, ScheduledJob):
            return to_request(request, result)
        if policies.results(request.user).filter(pk=result.pk).exists():
            return redirect(result)
        messages.success(request, began("It", result), fail_silently=True)
        return redirect(self.address("", row))

    def urls(self, prefix: str) -> list[URLPattern]:
        """The usual addresses but that of adding, and those of the acts."""
        usual = [each for each in super().urls(prefix) if each.name != "schedule_add"]
        return [
            *usual,
            *(
                path(
                    f"{prefix}<str:pk>/{name}/",
                    page(require_POST(getattr(self, name))),
                    name=f"schedule_{name}",
                )
                for name in ACTS
            ),
        ]

    def address(self, suffix: str, row: ScheduledJob | None = None) -> str:
        """There is no address to add one."""
        return "" if suffix == "_add" else super().address(suffix, row)

    def _switch(
        self, request: HttpRequest, pk: str, verb: Callable[..., ScheduledJob], said: str
    ) -> HttpResponse:
        self.require(request.user, "change")
        row = self._find(self.rows(request.user, "change"), pk)
        try:
            verb(row, user=request.user)
            messages.success(request, said, fail_silently=True)
        except ScheduleRefused as error:
            messages.error(request, str(error), fail_silently=True)
        return redirect(self.address("", row))


def _due(row: ScheduledJob) -> list[dict[str, Any]]:
    """Its next due times, by its own clock and by the viewer's, and what will come of them."""
    here = timezone.get_current_timezone()
    return [
        {
            "there": _at(each.due, _zone(row)),
            "here": _at(each.due, here),
            "start": _at(each.fate.start, _zone(row)) if each.fate.start else None,
            "late": each.fate.start not in (None, each.due),
            "why": each.fate.why,
        }
        for each in _coming(row)
    ]


def _coming(row: ScheduledJob) -> list[Coming]:
    try:
        return upcoming(row, DUE_SHOWN)
    except BadRule:  # its rule or a calendar came past the actions
        return []


def _zone(row: ScheduledJob) -> Any:
    try:
        return ZoneInfo(row.time_zone)
    except (ValueError, OSError, KeyError):  # it came past the actions
        return timezone.get_current_timezone()


def _at(moment: datetime, zone: Any) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment
