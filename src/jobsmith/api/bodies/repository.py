"""The body of a Git repository."""

from rest_framework import serializers

from jobsmith.models import GitRepository

from .base import BoundedList, RecordBody
from .records import Tags


class RepositoryBody(RecordBody):
    """A Git repository."""

    remote_url = serializers.CharField(max_length=255)
    provided_contents = BoundedList(child=serializers.CharField(), required=False)
    token = serializers.CharField(
        required=False, allow_blank=True, max_length=4096, write_only=True, trim_whitespace=False
    )
    private_key = serializers.CharField(
        required=False, allow_blank=True, max_length=16_384, write_only=True, trim_whitespace=False
    )
    webhook_secret = serializers.CharField(
        required=False, allow_blank=True, max_length=255, write_only=True, trim_whitespace=False
    )
    tags = Tags(required=False)

    class Meta:
        model = GitRepository
        fields = (
            *("name", "slug", "remote_url", "branch", "subfolder", "provided_contents"),
            *("username", "token", "private_key", "host_key", "poll_seconds"),
            *("webhook_secret", "isolation", "tags"),
        )
        extra_kwargs = {"slug": {"required": False}}


class SyncBody(serializers.Serializer[None]):
    """How to sync."""

    dry_run = serializers.BooleanField(required=False, default=False)
