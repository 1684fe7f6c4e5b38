"""Jobs and queues on the wire, and the edit of a job."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.models import KEEPING_FIELDS, Job, JobQueue
from jobsmith.policies import Actor

from ..shape import Shape
from ..workers import listening
from .base import COMMON, RecordSerializer, Related, related_list, shows
from .constants import Always, notes_url
from .tags import TaggedMixin

_FLAGS = (
    "grouping_override",
    "name_override",
    "console_log_default_override",
    "description_override",
    "dryrun_default_override",
    "hidden_override",
    "soft_time_limit_override",
    "time_limit_override",
    "has_sensitive_variables_override",
    "job_queues_override",
    "default_job_queue_override",
    "is_singleton_override",
)
"""In wire order."""
_LIMIT = ("concurrency_limit", "concurrency_key", "concurrency_when_full", "max_retries")
_OUR_FLAGS = tuple(f"{name}_override" for name in _LIMIT)


class Flag(serializers.BooleanField):
    """``<field>_override``: whether an administrator holds the field."""

    def get_attribute(self, instance: Job) -> Any:
        """Read from the list of held fields."""
        return str(self.field_name).removesuffix("_override") in instance.overridden


@shows
class QueueSerializer(TaggedMixin, RecordSerializer):
    """A queue."""

    route = "job-queue-detail"

    tenant = Always(None)
    notes_url = serializers.SerializerMethodField()
    custom_fields = Always({})

    class Meta:
        model = JobQueue
        fields = (
            *COMMON,
            *("name", "description", "queue_type", "tenant", "created", "last_updated"),
            *("tags", "notes_url", "custom_fields"),
            *("state", "state_by", "state_since"),
        )

    def get_display(self, record: JobQueue) -> str:
        """Type, name and how many workers listen."""
        if "listening" not in self.context["memo"]:
            self.context["memo"]["listening"] = listening(self.context["request"].user)
        count = self.context["memo"]["listening"][record.name]
        workers = "1 worker" if count == 1 else f"{count} workers"
        return f"{record.queue_type}: {record.name} ({workers})"

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, record: JobQueue) -> str:
        """Where notes would be."""
        return notes_url(self.get_url(record))


@shows
class JobSerializer(TaggedMixin, RecordSerializer):
    """A job."""

    route = "job-detail"
    related = ("default_job_queue",)
    lists = ("job_queues",)

    task_queues = serializers.SerializerMethodField()
    task_queues_override = serializers.SerializerMethodField()
    default_job_queue = Related()
    job_queues = serializers.SerializerMethodField()
    notes_url = serializers.SerializerMethodField()
    custom_fields = Always({})
    computed_fields = Always({})
    relationships = Always({})
    git_repository = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)
    class_path = serializers.CharField(read_only=True)

    class Meta:
        model = Job
        fields = (
            *COMMON,
            *("task_queues", "task_queues_override", "module_name", "job_class_name"),
            *("grouping", "name", "description", "installed", "enabled"),
            *("is_job_hook_receiver", "is_job_button_receiver", "has_sensitive_variables"),
            *("is_singleton", "console_log_default", "hidden", "dryrun_default", "read_only"),
            *("soft_time_limit", "time_limit", "supports_dryrun"),
            *_FLAGS,
            *("default_job_queue", "job_queues", "created", "last_updated", "tags", "notes_url"),
            *("custom_fields", "computed_fields", "relationships"),
            *("class_path", "source", "git_repository"),
            *KEEPING_FIELDS,
            *(*_LIMIT, *_OUR_FLAGS),
            *("approval_required", "approval_required_override"),
        )
        read_only_fields = fields

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """Queue names are shown always."""
        return ["job_queues", *super().always_loaded(shape, user)]

    def get_task_queues(self, job: Job) -> list[str]:
        """Names of the job's queues."""
        return [queue.name for queue in job.job_queues.all()]

    def get_task_queues_override(self, job: Job) -> bool:
        """The old name of ``job_queues_override``."""
        return "job_queues" in job.overridden

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_job_queues(self, job: Job) -> list[dict[str, Any]]:
        """The job's queues, brief or whole."""
        return related_list(QueueSerializer, list(job.job_queues.all()), self.context)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, job: Job) -> str:
        """Where notes would be."""
        return notes_url(self.get_url(job))


for _name in (*_FLAGS, *_OUR_FLAGS, "approval_required_override"):
    JobSerializer._declared_fields[_name] = Flag(read_only=True)
