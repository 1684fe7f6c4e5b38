"""Bodies of users, groups, permissions and tokens."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from rest_framework import serializers

from jobsmith import policies
from jobsmith.models import ObjectPermission, Token
from jobsmith.policies import Actor

from .base import BoundedList, ContentTypes, RecordBody, RelatedChoice

_PERSON = ("first_name", "last_name", "email", "is_staff", "is_active", "is_superuser")


def _users(**kwargs: Any) -> BoundedList:
    name = get_user_model().USERNAME_FIELD
    return BoundedList(child=RelatedChoice(get_user_model(), name=name), **kwargs)


class OwnerChoice(RelatedChoice):
    """A user: oneself, whom everybody knows, or one in reach."""

    def within(self, user: Actor) -> Any:
        """The records that may be named."""
        return policies.oneself_or(super().within(user), user)


class GroupBody(RecordBody):
    """A group."""

    class Meta:
        model = Group
        fields = ("name",)


class UserBody(RecordBody):
    """A user; the password is never shown."""

    password = serializers.CharField(
        write_only=True, required=False, allow_blank=True, max_length=128, trim_whitespace=False
    )
    groups = BoundedList(child=RelatedChoice(Group), required=False)

    class Meta:
        model = get_user_model()
        fields = (
            get_user_model().USERNAME_FIELD,
            "password",
            *(name for name in _PERSON if hasattr(get_user_model(), name)),
            "groups",
        )


class PermissionBody(RecordBody):
    """An object permission."""

    object_types = ContentTypes()
    actions = BoundedList(child=serializers.CharField(max_length=50))
    constraints = serializers.JSONField(required=False, allow_null=True)
    groups = BoundedList(child=RelatedChoice(Group), required=False)
    users = _users(required=False)

    class Meta:
        model = ObjectPermission
        fields = (
            *("name", "description", "enabled", "object_types", "groups", "users"),
            *("actions", "constraints"),
        )


class TokenBody(RecordBody):
    """A token; whose it is cannot be changed later."""

    allowed_networks = BoundedList(child=serializers.CharField(max_length=50), required=False)
    user = OwnerChoice(get_user_model(), name=get_user_model().USERNAME_FIELD, required=False)

    class Meta:
        model = Token
        fields = ("description", "expires", "write_enabled", "allowed_networks", "user")
