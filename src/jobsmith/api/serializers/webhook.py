"""Job webhooks on the wire."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.models import JobWebhook

from .base import COMMON, RecordSerializer, Related, WireDateTime, shows
from .constants import notes_url


@shows
class WebhookSerializer(RecordSerializer):
    """A job webhook. Its secret is shown once, in the answer that makes it."""

    route = "job-webhook-detail"
    related = ("job", "job_queue", "owner")

    job = Related()
    job_queue = Related()
    owner = Related()
    mapping = serializers.JSONField(read_only=True)
    condition = serializers.JSONField(read_only=True)
    secret = serializers.SerializerMethodField()
    webhook_url = serializers.SerializerMethodField()
    notes_url = serializers.SerializerMethodField()

    class Meta:
        model = JobWebhook
        fields = (
            *COMMON,
            *("name", "enabled", "job", "job_queue", "owner", "scheme", "secret", "webhook_url"),
            *("mapping", "condition", "per_minute", "created", "last_updated", "notes_url"),
        )

    @extend_schema_field({"type": "string", "nullable": True})
    def get_secret(self, record: JobWebhook) -> None:
        """Null, but in the answer that makes it."""

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_webhook_url(self, record: JobWebhook) -> str:
        """Where messages are sent to."""
        request = self.context["request"]
        return str(request.build_absolute_uri(reverse("jobsmith:job_hook", args=[record.pk])))

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, record: JobWebhook) -> str:
        """Where its notes are."""
        return notes_url(self.get_url(record))


class WebhookDeliverySerializer(serializers.Serializer[Any]):
    """A message that a webhook has taken, and what came of it."""

    id = serializers.UUIDField()
    delivery_id = serializers.CharField(help_text="What its sender calls it.")
    received_at = WireDateTime()
    outcome = serializers.CharField(help_text="started, waits, passed, refused or received.")
    said = serializers.CharField(help_text="Why nothing started.")
    job_result = serializers.UUIDField(source="job_result_id", allow_null=True)
    scheduled_job = serializers.UUIDField(source="scheduled_job_id", allow_null=True)
