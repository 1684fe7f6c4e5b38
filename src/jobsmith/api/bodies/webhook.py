"""The body of a job webhook."""

from rest_framework import serializers

from jobsmith.models import Job, JobQueue, JobWebhook

from .base import RecordBody, RelatedChoice


class WebhookBody(RecordBody):
    """A job webhook."""

    job = RelatedChoice(Job)
    job_queue = RelatedChoice(JobQueue, required=False, allow_null=True)
    mapping = serializers.DictField(required=False)
    condition = serializers.DictField(required=False)

    class Meta:
        model = JobWebhook
        fields = (
            *("name", "enabled", "job", "job_queue", "scheme", "mapping", "condition"),
            "per_minute",
        )
