"""The body of a request to run a job, in both of its spellings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from jobsmith.actions.priority import HIGHEST, LOWEST, read_priority
from jobsmith.actions.run_form import json_run_form, run_form
from jobsmith.actions.timing import MOST_FAILURES, MOST_JITTER, MOST_MINUTES, Timing, read_timing
from jobsmith.errors import InputsRefused, ScheduleRefused
from jobsmith.inputs.form import RunForm
from jobsmith.inputs.json_door import UNKNOWN
from jobsmith.models import Job, ScheduledJob
from jobsmith.policies import Actor

SCHEDULE_KEYS = (
    *("interval", "name", "start_time", "end_time", "crontab", "every_minutes", "rrule"),
    *("time_zone", "misfire", "overlap", "pause_after_failures"),
    *("jitter_seconds", "blackout"),
)
LISTS = ("blackout_calendars",)
SCHEDULE_FIELDS = tuple(f"_schedule_{key}" for key in (*SCHEDULE_KEYS, *LISTS))
OPTION_FIELDS = frozenset(
    {*SCHEDULE_FIELDS, "_job_queue", "_task_queue", "_priority", "csrfmiddlewaretoken"}
)
BOTH_QUEUES = "task_queue and job_queue are both specified. Please specify only one or another."


class ScheduleBody(serializers.Serializer[Any]):
    """When to run instead of at once."""

    interval = serializers.ChoiceField(ScheduledJob.Interval.choices)
    name = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=255,
        help_text="Needed unless it runs immediately.",
    )
    start_time = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="ISO 8601; without an offset it is a time of time_zone. Nothing is due before. "
        "Only custom does without.",
    )
    crontab = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=255,
        help_text="Five fields, of custom.",
    )
    every_minutes = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_MINUTES,
        help_text="In place of a crontab: minutes from due time to due time, from the start on.",
    )
    rrule = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=255,
        help_text="In place of a crontab: a rule of RFC 5545, such as FREQ=MONTHLY;BYDAY=-1FR.",
    )
    time_zone = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=63,
        help_text="Whose wall clock it goes by, such as Europe/Berlin.",
    )
    jitter_seconds = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_JITTER,
        help_text="Its runs start up to so many seconds after they are due.",
    )
    blackout_calendars = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        allow_null=True,
        help_text="Names or ids of calendars in whose windows nothing starts.",
    )
    blackout = serializers.ChoiceField(
        ScheduledJob.Blackout.choices,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="What becomes of due times in their windows.",
    )
    misfire = serializers.ChoiceField(
        ScheduledJob.Misfire.choices,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="What becomes of due times at which no scheduler ran.",
    )
    overlap = serializers.ChoiceField(
        ScheduledJob.Overlap.choices,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="What becomes of due times before the last run of this schedule has ended.",
    )
    end_time = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="As start_time. Nothing is due after it.",
    )
    pause_after_failures = serializers.IntegerField(
        min_value=0,
        max_value=MOST_FAILURES,
        required=False,
        allow_null=True,
        help_text="It is paused when so many runs in a row did not succeed; 0 means never.",
    )


class RunBody(serializers.Serializer[Any]):
    """The JSON body; other keys are ignored, as clients send their own words along."""

    data = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="Inputs by variable name."
    )
    job_queue = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Name of one of the job's queues.",
    )
    task_queue = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, help_text="The older name of job_queue."
    )
    schedule = ScheduleBody(required=False, allow_null=True)
    priority = serializers.IntegerField(
        min_value=LOWEST,
        max_value=HIGHEST,
        required=False,
        allow_null=True,
        help_text="Higher goes first. Above 0 it takes the right to prioritize the job.",
    )


class EditBody(serializers.Serializer[Any]):
    """Other inputs of a schedule; what is left out stays."""

    data = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="Inputs by variable name; those that are not named stay."
    )
    priority = serializers.IntegerField(
        min_value=LOWEST, max_value=HIGHEST, required=False, allow_null=True
    )


class TransferBody(serializers.Serializer[Any]):
    """In whose name a schedule shall run."""

    user = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=255,
        help_text="Name or id of a user; left out, it is whoever asks.",
    )


_FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
FORM_BODY = {
    "type": "object",
    "description": "Inputs and files by variable name, beside the name of one of the job's queues.",
    "properties": {
        name: {"type": "string"}
        for name in ("_job_queue", "_task_queue", "_priority", *SCHEDULE_FIELDS)
    },
    "additionalProperties": {},
}
BODIES = {"application/json": RunBody, **dict.fromkeys(_FORM_TYPES, FORM_BODY)}
"""What a request to run may send, by content type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a body asks for."""

    queue: str = ""
    priority: int = 0
    data: Any = field(default_factory=dict)
    flat: bool = False
    """The inputs came as form fields."""
    files: Any = None
    timing: Timing | None = None
    """None means now."""

    def form(self, job: Job, user: Actor) -> RunForm:
        """The job's form filled with the inputs; raises InputsRefused."""
        if not self.flat:
            return json_run_form(job, user=user, data=self.data)
        return run_form(job, user=user, data=self.data, files=self.files)


def read_body(request: Request, variables: frozenset[str]) -> Asked:
    """What the body asks for; raises what is wrong with its queue keys or its schedule."""
    if isinstance(request.data, Mapping) and request.content_type.startswith(_FORM_TYPES):
        return _flat(request, variables)
    if not isinstance(request.data, Mapping):
        raise serializers.ValidationError({"non_field_errors": [_no_dict(request.data)]})
    timing = _timing(request.data.get("schedule"))
    queue = _queue(request.data.get("job_queue"), request.data.get("task_queue"))
    priority = read_priority(request.data.get("priority"))
    data = request.data.get("data", {})
    return Asked(queue=queue, priority=priority, data=data, timing=timing)


def _flat(request: Request, variables: frozenset[str]) -> Asked:
    fields: Any = request.data
    given = {key: fields.get(f"_schedule_{key}") for key in SCHEDULE_KEYS}
    lists = {key: fields.getlist(f"_schedule_{key}") for key in LISTS}
    timing = _timing({**given, **lists} if any(given.values()) else None)
    queue = _queue(fields.get("_job_queue"), fields.get("_task_queue"))
    unknown = {name: [UNKNOWN] for name in fields if name not in OPTION_FIELDS | variables}
    if unknown:
        raise InputsRefused(unknown, UNKNOWN)
    return Asked(
        queue=queue,
        priority=read_priority(fields.get("_priority")),
        data=fields,
        flat=True,
        files=request.FILES,
        timing=timing,
    )


def _timing(schedule: object) -> Timing | None:
    if schedule is None:
        return None
    if not isinstance(schedule, Mapping):
        raise ScheduleRefused({"non_field_errors": [_no_dict(schedule)]})
    return read_timing(schedule)


def _queue(job_queue: object, task_queue: object) -> str:
    if job_queue and task_queue:
        raise serializers.ValidationError({"task_queue": BOTH_QUEUES})
    if not all(isinstance(each, str | None) for each in (job_queue, task_queue)):
        raise serializers.ValidationError({"task_queue": ["Not a valid string."]})
    return str(job_queue or task_queue or "")


def _no_dict(data: object) -> str:
    return f"Invalid data. Expected a dictionary, but got {type(data).__name__}."
