"""The body of an edit of a job."""

from typing import Any

from rest_framework import serializers

from jobsmith.models import KEEPING_FIELDS, OVERRIDABLE_FIELDS, Job, JobQueue

from .base import BoundedList, RelatedChoice
from .records import Tags


class JobEdit(serializers.Serializer[Any]):
    """``enabled``, overridable fields and their flags, and tags."""

    enabled = serializers.BooleanField(required=False)
    grouping = serializers.CharField(max_length=255)
    name = serializers.CharField(max_length=100)
    description = serializers.CharField(allow_blank=True, required=False)
    console_log_default = serializers.BooleanField(required=False)
    dryrun_default = serializers.BooleanField(required=False)
    hidden = serializers.BooleanField(required=False)
    soft_time_limit = serializers.FloatField(min_value=0, required=False)
    time_limit = serializers.FloatField(min_value=0, required=False)
    has_sensitive_variables = serializers.BooleanField(required=False)
    is_singleton = serializers.BooleanField(required=False)
    concurrency_limit = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    concurrency_key = serializers.CharField(max_length=100, allow_blank=True, required=False)
    concurrency_when_full = serializers.ChoiceField(Job.WhenFull.choices, required=False)
    max_retries = serializers.IntegerField(min_value=0, max_value=20, required=False)
    approval_required = serializers.BooleanField(required=False)
    job_queues = BoundedList(child=RelatedChoice(JobQueue), required=False)
    default_job_queue = RelatedChoice(JobQueue)
    tags = Tags(required=False)


for _field in OVERRIDABLE_FIELDS:
    JobEdit._declared_fields[f"{_field}_override"] = serializers.BooleanField(required=False)


for _field in KEEPING_FIELDS:
    JobEdit._declared_fields[_field] = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, allow_null=True
    )


def is_flag(key: str) -> bool:
    """Whether a key says that a field is held or released."""
    return key.endswith("_override")


def flag_field(key: str) -> str:
    """The field that a flag is about."""
    return key.removesuffix("_override")
