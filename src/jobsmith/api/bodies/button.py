"""Bodies of job buttons."""

from typing import Any

from rest_framework import serializers

from jobsmith.models import Job, JobButton

from .base import ContentTypes, RecordBody, RelatedChoice


class ButtonBody(RecordBody):
    """A job button."""

    content_types = ContentTypes()
    job = RelatedChoice(Job)

    class Meta:
        model = JobButton
        fields = (
            *("content_types", "name", "enabled", "text", "weight", "group_name"),
            *("button_class", "confirmation", "job"),
        )


class PressBody(serializers.Serializer[Any]):
    """The record that a button is pressed for."""

    object_model_name = serializers.CharField(max_length=201)
    object_pk = serializers.CharField(max_length=255)
