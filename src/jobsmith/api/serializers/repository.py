"""Git repositories on the wire."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith.models import GitRepository

from .base import COMMON, RecordSerializer, shows
from .constants import Always, notes_url
from .tags import TaggedMixin


@shows
class RepositorySerializer(TaggedMixin, RecordSerializer):
    """A Git repository. Its secrets are never shown, only whether there are any."""

    route = "git-repository-detail"
    related = ("owner",)

    secrets_group = Always(None)
    notes_url = serializers.SerializerMethodField()
    custom_fields = Always({})
    has_token = serializers.SerializerMethodField()
    has_private_key = serializers.SerializerMethodField()
    has_webhook_secret = serializers.SerializerMethodField()
    webhook_url = serializers.SerializerMethodField()

    class Meta:
        model = GitRepository
        fields = (
            *COMMON,
            *("provided_contents", "name", "slug", "remote_url", "branch", "current_head"),
            *("secrets_group", "created", "last_updated", "tags", "notes_url", "custom_fields"),
            *("username", "has_token", "has_private_key", "host_key", "owner", "poll_seconds"),
            *("next_poll_at", "looked_at", "look_failure", "isolation", "has_webhook_secret"),
            *("webhook_url", "subfolder"),
        )

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_notes_url(self, record: GitRepository) -> str:
        """Where its notes are."""
        return notes_url(self.get_url(record))

    def get_has_token(self, record: GitRepository) -> bool:
        """Whether a token is kept."""
        return bool(record.sealed_token)

    def get_has_private_key(self, record: GitRepository) -> bool:
        """Whether a private key is kept."""
        return bool(record.sealed_key)

    def get_has_webhook_secret(self, record: GitRepository) -> bool:
        """Whether its server may say that somebody has pushed."""
        return bool(record.sealed_webhook_secret)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_webhook_url(self, record: GitRepository) -> str:
        """Where its server says so."""
        request = self.context["request"]
        return str(request.build_absolute_uri(reverse("jobsmith:git_hook", args=[record.pk])))
