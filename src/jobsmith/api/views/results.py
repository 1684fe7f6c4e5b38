"""Runs, their logs and their files."""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from jobsmith import policies
from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.delete_result import delete_result
from jobsmith.actions.pin_result import pin_result, unpin_result
from jobsmith.actions.rerun_result import Code, rerun_result
from jobsmith.errors import AlreadyFinal
from jobsmith.filters.tables import FILES, LOGS, RESULTS
from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobConsoleEntry, JobFile, JobLogEntry, JobResult
from jobsmith.policies import Actor
from jobsmith.streams.downloads import stored_file
from jobsmith.streams.feeds import CONSOLE, LOG

from ..describing import described
from ..filtering import filters_of, only_key
from ..idempotency import KEY, once_of
from ..lines import LinesAsked, answer_lines
from ..serializers import (
    ConsoleLineSerializer,
    FileSerializer,
    LogEntrySerializer,
    ResultSerializer,
)
from .base import RecordViewSet, represent
from .editable import DeletableViewSet
from .run_answer import RunAnswer, run_answer


class CancelPreview(serializers.Serializer[Any]):
    """What cancelling would do."""

    message = serializers.CharField()
    job_status = serializers.CharField()
    irreversible = serializers.CharField()
    timestamp = serializers.CharField()


class Rerun(serializers.Serializer[Any]):
    """How to run again."""

    code = serializers.ChoiceField([each.value for each in Code], default=Code.CURRENT.value)


class ResultViewSet(DeletableViewSet):
    """Runs."""

    model = JobResult
    serializer_class = ResultSerializer
    filters = RESULTS
    rights = {
        **DeletableViewSet.rights,
        "rerun": "view",
        "logs": "view",
        "console": "view",
        "cancel": "view",
        "cancel_preview": "view",
        "pin": "change",
        "unpin": "change",
    }
    also = {
        "rerun": ("run", Job),
        "logs": ("view", JobLogEntry),
        "console": ("view", JobConsoleEntry),
    }

    def rows(self, user: Actor, right: str) -> QuerySet[JobResult]:
        """Runs on which the user has the right."""
        return policies.results(user, right)

    def tally(self, request: Request) -> int | None:
        """How many runs there are, or of one job, where that is kept and all are in reach."""
        given = filters_of(request)
        job = only_key(given, "job_model", "job_model_id")
        return policies.kept_result_count(request.user, job) if job or not given else None

    def remove(self, record: JobResult) -> None:
        """Delete a run that has ended, with its logs and files."""
        delete_result(record, user=self.request.user)

    @described(request=Rerun, responses={201: ResultSerializer, 202: RunAnswer}, parameters=[KEY])
    @action(detail=True, methods=["post"])
    def rerun(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Run again with the same inputs, and the code that serves now or served then."""
        earlier = self.get_object()
        once = once_of(request, "rerun", earlier.pk)
        body = Rerun(data=request.data)
        body.is_valid(raise_exception=True)
        code = body.validated_data["code"]
        result = rerun_result(earlier, user=request.user, code=code, door="api", once=once)
        if not isinstance(result, JobResult):
            return run_answer(request, result, status=202)
        return Response(self.represent([result], frozenset({"computed_fields"}))[0], status=201)

    @described(responses=LogEntrySerializer(many=True), filters=False, parameters=[LinesAsked])
    @action(detail=True, pagination_class=None)
    def logs(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """All log lines of the run, oldest first, as a bare list."""
        rows = policies.logs(request.user, self.get_object())
        return answer_lines(
            request, rows, LOG, lambda lines: represent(lines, LogEntrySerializer, request)
        )

    @described(responses=ConsoleLineSerializer(many=True), filters=False, parameters=[LinesAsked])
    @action(detail=True, pagination_class=None)
    def console(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What the run wrote to stdout and stderr, oldest first, as a bare list."""
        rows = policies.console(request.user, self.get_object())
        return answer_lines(
            request, rows, CONSOLE, lambda lines: ConsoleLineSerializer(lines, many=True).data
        )

    @described(request=None, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel the run; the answer shows it as it stands now."""
        result = cancel_result(self.get_object(), user=request.user)
        return Response(self.represent([result], frozenset({"computed_fields"}))[0])

    @described(request=None, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def pin(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep the run however old it gets."""
        result = pin_result(self.get_object(), user=request.user)
        return Response(self.represent([result], frozenset({"computed_fields"}))[0])

    @described(request=None, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def unpin(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let the run be deleted when its time has come."""
        result = unpin_result(self.get_object(), user=request.user)
        return Response(self.represent([result], frozenset({"computed_fields"}))[0])

    @described(responses=CancelPreview)
    @cancel.mapping.get
    def cancel_preview(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What cancelling would do; nothing is changed."""
        result = self.get_object()
        if result.is_final:
            raise AlreadyFinal
        started = result.status == Status.STARTED
        return Response(
            {
                "message": f"Are you sure you want to cancel '{result.name}'?",
                "job_status": "RUNNING" if started else result.status,
                "irreversible": "This action cannot be undone.",
                "timestamp": timezone.now().isoformat(),
            }
        )


class LogEntryViewSet(RecordViewSet):
    """Log lines of all runs."""

    model = JobLogEntry
    serializer_class = LogEntrySerializer
    filters = LOGS

    def tally(self, request: Request) -> int | None:
        """How many lines there are, or in one run, where that is kept."""
        given = filters_of(request)
        run = only_key(given, "job_result")
        return policies.kept_log_count(request.user, run) if run or not given else None

    def rows(self, user: Actor, right: str) -> QuerySet[JobLogEntry]:
        """Lines of the runs in reach."""
        return policies.log_entries(user)


class FileViewSet(RecordViewSet):
    """Files of runs."""

    model = JobFile
    serializer_class = FileSerializer
    filters = FILES
    rights = {**RecordViewSet.rights, "download": "view"}

    def rows(self, user: Actor, right: str) -> QuerySet[JobFile]:
        """Files of the runs in reach."""
        return policies.files(user)

    @described(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True)
    def download(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The content as an attachment, never shown in place."""
        return stored_file(request._request, self.get_object())
