"""Job hooks on the wire."""

from jobsmith.models import JobHook

from .base import COMMON, shows
from .button import KindsSerializer
from .constants import Always


@shows
class HookSerializer(KindsSerializer):
    """A job hook."""

    route = "job-hook-detail"

    custom_fields = Always({})

    class Meta:
        model = JobHook
        fields = (
            *COMMON,
            *("content_types", "enabled", "name", "type_create", "type_delete", "type_update"),
            *("job", "created", "last_updated", "notes_url", "custom_fields", "changed_fields"),
        )
