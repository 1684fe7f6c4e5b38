"""Runs, their log lines and their files on the wire."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith import policies
from jobsmith.filters import runs_told
from jobsmith.models import JobConsoleEntry, JobFile, JobLogEntry, JobResult
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, RecordSerializer, Related, WireDateTime, lookups, related_list, shows
from .constants import Always


@shows
class FileSerializer(RecordSerializer):
    """A file of a run."""

    route = "file-proxy-detail"
    related = ("job_result",)

    job_result = Related()

    class Meta:
        model = JobFile
        fields = (*COMMON, "name", "uploaded_at", "job_result", "size", "content_type", "kind")
        read_only_fields = fields


@shows
class LogEntrySerializer(RecordSerializer):
    """A log line of a run."""

    route = "job-log-detail"
    related = ("job_result",)

    job_result = Related()

    class Meta:
        model = JobLogEntry
        fields = (
            *COMMON,
            *("log_level", "grouping", "message", "log_object", "absolute_url"),
            *("job_result", "created", "seq"),
        )
        read_only_fields = fields


class StatusSerializer(serializers.Serializer[Any]):
    """A status as ``{value, label}``; the label equals the value, as clients compare it."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a run says it is."""

    done = serializers.FloatField()
    total = serializers.FloatField(allow_null=True)
    text = serializers.CharField()


class AttemptSerializer(serializers.Serializer[Any]):
    """An attempt that failed and was followed by another."""

    attempt = serializers.IntegerField()
    worker = serializers.CharField(allow_null=True)
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField()
    cause = serializers.CharField()
    cause_detail = serializers.CharField()
    log_count = serializers.IntegerField(help_text="Its last line of the run's log.")
    console_count = serializers.IntegerField(help_text="Its last line of the run's console.")


@shows
class ResultSerializer(RecordSerializer):
    """A run."""

    route = "job-result-detail"
    related = ("job_model", "user", "scheduled_job", "canceled_by", "approval")
    lists = ("files",)
    unread = ("sealed_kwargs",)

    status = serializers.SerializerMethodField()
    task_kwargs = serializers.SerializerMethodField()
    celery_kwargs = serializers.SerializerMethodField()
    meta = serializers.SerializerMethodField()
    job_model = Related()
    user = Related()
    scheduled_job = Related()
    canceled_by = Related()
    approval = Related()
    custom_fields = Always({})
    files = serializers.SerializerMethodField()
    computed_fields = Always({})
    progress = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()
    job_queue = serializers.SlugRelatedField[Any](
        slug_field="name", read_only=True, allow_null=True
    )
    rerun_of = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)

    class Meta:
        model = JobResult
        fields = (
            *COMMON,
            *("status", "name", "task_name", "date_created", "date_started", "date_done"),
            *("result", "worker", "task_args", "task_kwargs", "celery_kwargs", "traceback", "meta"),
            *("debug_log_count", "success_log_count", "info_log_count", "warning_log_count"),
            *("error_log_count", "canceled_by_user_name", "cancel_type", "date_canceled"),
            *("job_model", "user", "scheduled_job", "canceled_by"),
            *("custom_fields", "files", "computed_fields"),
            *("cause", "cause_detail", "waiting_reason", "progress", "attempt", "job_queue"),
            *(
                "class_path",
                "source",
                "source_digest",
                "source_label",
                "rerun_of",
                "door",
                "priority",
            ),
            *("isolation", "pinned", "approval", "max_retries", "attempts"),
        )
        read_only_fields = fields

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """The queue's name is shown always, files in reach when lists are."""
        return ["job_queue", _files(shape, user)] if shape.shows_many else ["job_queue"]

    @extend_schema_field(StatusSerializer)
    def get_status(self, result: JobResult) -> dict[str, str]:
        """The status twice, as clients expect."""
        return {"value": result.status, "label": result.status}

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_task_kwargs(self, result: JobResult) -> dict[str, Any]:
        """The inputs; a file is its id."""
        return runs_told.task_kwargs(result)

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_celery_kwargs(self, result: JobResult) -> dict[str, Any]:
        """How it was queued, in the words of the dialect."""
        return runs_told.celery_kwargs(result)

    @extend_schema_field({"type": "object", "nullable": True, "additionalProperties": {}})
    def get_meta(self, result: JobResult) -> dict[str, Any] | None:
        """Nothing until it starts; no children afterwards."""
        return runs_told.meta(result)

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_files(self, result: JobResult) -> list[dict[str, Any]]:
        """The run's files, brief or whole."""
        return related_list(FileSerializer, list(result.files.all()), self.context)

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, result: JobResult) -> list[dict[str, Any]]:
        """Attempts that another one followed."""
        return runs_told.attempts(result)

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, result: JobResult) -> dict[str, Any] | None:
        """How far it says it is; null when it says nothing."""
        if result.progress_done is None:
            return None
        return {
            "done": result.progress_done,
            "total": result.progress_total,
            "text": result.progress_text,
        }


def _files(shape: Shape, user: Actor) -> Any:
    """The files that the caller may see, with what they show themselves."""
    rows = policies.with_reach(JobFile, user).filter(**{policies.IN_REACH: True})
    inner = lookups(FileSerializer, shape.one_deeper(), user)
    return Prefetch("files", queryset=rows.prefetch_related(*inner))


class ConsoleLineSerializer(serializers.ModelSerializer[JobConsoleEntry]):
    """A line of a run's console; it has no address of its own."""

    timestamp = WireDateTime(read_only=True)

    class Meta:
        model = JobConsoleEntry
        fields = ("seq", "timestamp", "output_type", "text")
        read_only_fields = fields
