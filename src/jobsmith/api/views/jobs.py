"""Jobs: see, edit, run."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.delete_job import delete_job
from jobsmith.actions.enqueue_job import RunOptions, enqueue_job, may_run, queue_of
from jobsmith.actions.once import first_run
from jobsmith.actions.override_job import edit_job
from jobsmith.actions.run_form import spec_of
from jobsmith.actions.save_schedule import save_schedule
from jobsmith.actions.timing import Timing
from jobsmith.errors import InputsRefused, NotFound
from jobsmith.filters.fields import is_uuid
from jobsmith.filters.labels import wire_name
from jobsmith.filters.tables import JOBS
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.schema import json_schema
from jobsmith.inputs.variables import wire_variables
from jobsmith.models import Job
from jobsmith.policies import Actor

from ..bodies.job import JobEdit, flag_field, is_flag
from ..describing import described
from ..idempotency import KEY, once_of
from ..parsers import BoundedFormParser, BoundedJSONParser, WholeMultiPartParser
from ..run_body import BODIES, Asked, read_body
from ..serializers import JobSerializer
from .editable import EditableViewSet
from .notes import NotesMixin
from .run_answer import RunAnswer, run_answer


class VariableAnswer(serializers.Serializer[Any]):
    """One input of a job."""

    name = serializers.CharField()
    type = serializers.CharField()
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    help_text = serializers.CharField(required=False)  # type: ignore[assignment]
    required = serializers.BooleanField()  # type: ignore[assignment]
    model = serializers.CharField(required=False)
    default = serializers.JSONField(required=False)


class JobViewSet(NotesMixin, EditableViewSet):
    """Jobs, by id or by name."""

    model = Job
    serializer_class = JobSerializer
    filters = JOBS
    lookup_value_regex = "[^/]+"
    body_class = JobEdit
    rights = {
        **EditableViewSet.rights,
        "run": "run",
        "variables": "view",
        "inputs_schema": "view",
        **NotesMixin.on_notes,
    }

    def rows(self, user: Actor, right: str) -> QuerySet[Job]:
        """Jobs on which the user has the right."""
        return policies.jobs(user, right).select_related("default_job_queue")

    def get_object(self) -> Job:
        """The job with that id; what cannot be one is a name."""
        if is_uuid(self.kwargs["pk"]):
            found: Job = super().get_object()
            return found
        named: Job = self.found(self.get_queryset().filter(name=self.kwargs["pk"]))
        return named

    def change(self, record: Job, values: Mapping[str, Any]) -> Job:
        """Edit a job: ``enabled``, overridable fields and their flags."""
        plain = {key: value for key, value in values.items() if not is_flag(key)}
        flags = {flag_field(key): value for key, value in values.items() if is_flag(key)}
        return edit_job(record, user=self.request.user, values=plain, overrides=flags)

    def remove(self, record: Job) -> None:
        """Delete the record; an installed job comes back, disabled, with the next sync."""
        delete_job(record, user=self.request.user)

    @described(responses=VariableAnswer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def variables(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The inputs that the job asks for."""
        entries = wire_variables(spec_of(self._installed()))
        for entry in entries:
            if "model" in entry:
                entry["model"] = wire_name(entry["model"])
        return Response(entries)

    @described(responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, pagination_class=None, url_path="schema")
    def inputs_schema(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The JSON Schema (2020-12) of ``data`` in the JSON body of a run."""
        return Response(json_schema(spec_of(self._installed())))

    def _installed(self) -> Job:
        """The job; one whose code is gone asks for nothing that could be told."""
        job = self.get_object()
        if not job.installed:
            raise NotFound("This job is not presently installed.")
        return job

    @described(request=BODIES, responses={201: RunAnswer}, parameters=[KEY])
    @action(
        detail=True,
        methods=["post"],
        parser_classes=[BoundedJSONParser, WholeMultiPartParser, BoundedFormParser],
    )
    def run(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Run the job with inputs, or schedule that; the answer is sent once it is recorded."""
        job = self.get_object()
        once = once_of(request, "run", job.pk)
        if first := first_run(once, user=request.user):
            return run_answer(request, first)
        may_run(job, request.user)
        asked = read_body(request, frozenset(each.name for each in spec_of(job).variables))
        queue_of(job, asked.queue)  # a wrong queue is told before wrong inputs
        form = asked.form(job, request.user)
        if not form.is_valid():
            raise InputsRefused(form.refusals())
        if asked.timing:
            return self._scheduled(job, form.clean_inputs, asked.timing, asked)
        options = RunOptions(queue=asked.queue, priority=asked.priority, door="api", once=once)
        result = enqueue_job(job, user=request.user, inputs=form.clean_inputs, options=options)
        return run_answer(request, result)

    def _scheduled(self, job: Job, inputs: CleanInputs, timing: Timing, asked: Asked) -> Response:
        user = self.request.user
        schedule = save_schedule(
            job,
            user=user,
            inputs=inputs,
            timing=timing,
            queue=asked.queue,
            priority=asked.priority,
        )
        return run_answer(self.request, schedule)
