"""The body of a notification rule."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from rest_framework import serializers

from jobsmith.models import Job, NotificationRule

from .base import BoundedList, RecordBody, RelatedChoice

_NAME = get_user_model().USERNAME_FIELD


class NotificationRuleBody(RecordBody):
    """A notification rule; its address and its key are never shown."""

    events = BoundedList(child=serializers.ChoiceField(NotificationRule.Event.choices))
    jobs = BoundedList(child=RelatedChoice(Job), required=False)
    users = BoundedList(child=RelatedChoice(get_user_model(), name=_NAME), required=False)
    groups = BoundedList(child=RelatedChoice(Group), required=False)
    url = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, write_only=True, trim_whitespace=False
    )
    signing_key = serializers.CharField(
        required=False, allow_blank=True, max_length=200, write_only=True, trim_whitespace=False
    )

    class Meta:
        model = NotificationRule
        fields = (
            *("name", "enabled", "events", "jobs", "own_only", "channel", "users", "groups"),
            *("url", "signing_key"),
        )
