"""The body of a request to run a job, in both of its spellings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from jobsmith.actions.run_form import json_run_form, run_form
from jobsmith.errors import InputsRefused, SchedulesNotAvailable
from jobsmith.inputs.form import RunForm
from jobsmith.inputs.json_door import UNKNOWN
from jobsmith.models import Job
from jobsmith.policies import Actor

SCHEDULE_FIELDS = (
    "_schedule_name",
    "_schedule_start_time",
    "_schedule_interval",
    "_schedule_crontab",
)
OPTION_FIELDS = frozenset({*SCHEDULE_FIELDS, "_job_queue", "_task_queue", "csrfmiddlewaretoken"})
BOTH_QUEUES = "task_queue and job_queue are both specified. Please specify only one or another."


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


_FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
FORM_BODY = {
    "type": "object",
    "description": "Inputs and files by variable name, beside the name of one of the job's queues.",
    "properties": {"_job_queue": {"type": "string"}, "_task_queue": {"type": "string"}},
    "additionalProperties": {},
}
BODIES = {"application/json": RunBody, **dict.fromkeys(_FORM_TYPES, FORM_BODY)}
"""What a request to run may send, by content type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a body asks for."""

    queue: str = ""
    data: Any = field(default_factory=dict)
    flat: bool = False
    """The inputs came as form fields."""
    files: Any = None

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
    _refuse_schedule(request.data.get("schedule"))
    queue = _queue(request.data.get("job_queue"), request.data.get("task_queue"))
    return Asked(queue=queue, data=request.data.get("data", {}))


def _flat(request: Request, variables: frozenset[str]) -> Asked:
    fields: Any = request.data
    for name in SCHEDULE_FIELDS:
        _refuse_schedule(fields.get(name) or None)
    queue = _queue(fields.get("_job_queue"), fields.get("_task_queue"))
    unknown = {name: [UNKNOWN] for name in fields if name not in OPTION_FIELDS | variables}
    if unknown:
        raise InputsRefused(unknown, UNKNOWN)
    return Asked(queue=queue, data=fields, flat=True, files=request.FILES)


def _refuse_schedule(schedule: object) -> None:
    if schedule is not None:
        raise SchedulesNotAvailable


def _queue(job_queue: object, task_queue: object) -> str:
    if job_queue and task_queue:
        raise serializers.ValidationError({"task_queue": BOTH_QUEUES})
    if not all(isinstance(each, str | None) for each in (job_queue, task_queue)):
        raise serializers.ValidationError({"task_queue": ["Not a valid string."]})
    return str(job_queue or task_queue or "")


def _no_dict(data: object) -> str:
    return f"Invalid data. Expected a dictionary, but got {type(data).__name__}."
