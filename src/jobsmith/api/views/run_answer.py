"""The answer to a request to run."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith.actions.enqueue_job import Accepted
from jobsmith.models import JobResult

from ..serializers import ResultSerializer, ScheduledJobSerializer
from .base import represent


class RunAnswer(serializers.Serializer[Any]):
    """What came of a request to run: a schedule, or a run."""

    scheduled_job = ScheduledJobSerializer(allow_null=True)
    job_result = ResultSerializer(allow_null=True)


def run_answer(request: Request, made: Accepted, status: int = 201) -> Response:
    """What came of a request to run, in both keys of the dialect."""
    run = schedule = None
    if isinstance(made, JobResult):
        include = frozenset({"computed_fields"})
        run = represent([made], ResultSerializer, request, include)[0]
    else:
        schedule = represent([made], ScheduledJobSerializer, request)[0]
    return Response({"scheduled_job": schedule, "job_result": run}, status=status)
