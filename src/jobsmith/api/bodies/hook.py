"""The body of a job hook."""

from rest_framework import serializers

from jobsmith.models import Job, JobHook

from .base import BoundedList, ContentTypes, RecordBody, RelatedChoice


class HookBody(RecordBody):
    """A job hook."""

    content_types = ContentTypes()
    job = RelatedChoice(Job)
    changed_fields = BoundedList(child=serializers.CharField(max_length=100), required=False)

    class Meta:
        model = JobHook
        fields = (
            *("content_types", "enabled", "name", "type_create", "type_delete", "type_update"),
            *("job", "changed_fields"),
        )
