"""Runs, their log lines and their files on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.models import JobConsoleEntry, JobFile, JobLogEntry, JobResult
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, RecordSerializer, Related, WireDateTime, related_list, shows
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


@shows
class ResultSerializer(RecordSerializer):
    """A run."""

    route = "job-result-detail"
    related = ("job_model", "user", "scheduled_job", "canceled_by")
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
    custom_fields = Always({})
    files = serializers.SerializerMethodField()
    computed_fields = Always({})
    progress = serializers.SerializerMethodField()
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
            *("class_path", "source", "source_digest", "source_label", "rerun_of", "door"),
        )
        read_only_fields = fields

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """The queue's name is shown always, files when lists are."""
        return ["job_queue", "files"] if shape.shows_many else ["job_queue"]

    @extend_schema_field(StatusSerializer)
    def get_status(self, result: JobResult) -> dict[str, str]:
        """The status twice, as clients expect."""
        return {"value": result.status, "label": result.status}

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_task_kwargs(self, result: JobResult) -> dict[str, Any]:
        """The inputs; a file is its id."""
        return {name: _file_id(value) for name, value in result.task_kwargs.items()}

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_celery_kwargs(self, result: JobResult) -> dict[str, Any]:
        """How it was queued, in the words of the dialect."""
        queue = result.job_queue
        words = {
            "queue": queue.name if queue else "",
            "nautobot_job_profile": False,
            "nautobot_job_user_id": str(result.user_id) if result.user_id else None,
            "nautobot_job_queue_type": queue.queue_type if queue else "",
            "nautobot_job_console_log": result.console_log,
            "nautobot_job_job_model_id": str(result.job_model_id) if result.job_model_id else None,
            "nautobot_job_ignore_singleton_lock": False,
        }
        return {**words, **result.celery_kwargs}

    @extend_schema_field({"type": "object", "nullable": True, "additionalProperties": {}})
    def get_meta(self, result: JobResult) -> dict[str, Any] | None:
        """Nothing until it starts; no children afterwards."""
        if result.meta is None and result.date_started is not None:
            return {"children": []}
        return result.meta

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_files(self, result: JobResult) -> list[dict[str, Any]]:
        """The run's files, brief or whole."""
        return related_list(FileSerializer, list(result.files.all()), self.context)

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


def _file_id(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"file", "name"}:
        return value["file"]
    return value


class ConsoleLineSerializer(serializers.ModelSerializer[JobConsoleEntry]):
    """A line of a run's console; it has no address of its own."""

    timestamp = WireDateTime(read_only=True)

    class Meta:
        model = JobConsoleEntry
        fields = ("seq", "timestamp", "output_type", "text")
        read_only_fields = fields
