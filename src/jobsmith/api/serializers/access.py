"""Groups, object permissions and tokens on the wire."""

from typing import Any

from django.contrib.auth.models import Group
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobsmith import policies
from jobsmith.filters.labels import wire_name
from jobsmith.models import ObjectPermission, Token
from jobsmith.policies import Actor

from ..shape import Shape
from .base import COMMON, RecordSerializer, Related, related_list, shows
from .people import UserSerializer

_LIST = {"type": "array", "items": {"type": "object"}}
_WORDS = {"type": "array", "items": {"type": "string"}}


@shows
class GroupSerializer(RecordSerializer):
    """A group of users."""

    route = "group-detail"

    user_count = serializers.SerializerMethodField()

    class Meta:
        model = Group
        fields = (*COMMON, "name", "user_count")

    def get_user_count(self, group: Group) -> int:
        """How many users are in it."""
        if "group_sizes" not in self.context["memo"]:
            self.context["memo"]["group_sizes"] = policies.group_sizes()
        size: int = self.context["memo"]["group_sizes"].get(group.pk, 0)
        return size


@shows
class PermissionSerializer(RecordSerializer):
    """An object permission."""

    route = "permission-detail"

    object_types = serializers.SerializerMethodField()
    groups = serializers.SerializerMethodField()
    users = serializers.SerializerMethodField()

    class Meta:
        model = ObjectPermission
        fields = (
            *COMMON,
            *("object_types", "name", "description", "enabled", "actions", "constraints"),
            *("groups", "users"),
        )

    @classmethod
    def always_loaded(cls, shape: Shape, user: Actor) -> list[Any]:
        """All its lists."""
        return ["object_types", "groups", "users"]

    @extend_schema_field(_WORDS)
    def get_object_types(self, permission: ObjectPermission) -> list[str]:
        """Kinds of record, as clients spell them."""
        kinds = permission.object_types.all()
        return sorted(wire_name(f"{each.app_label}.{each.model}") for each in kinds)

    @extend_schema_field(_LIST)
    def get_groups(self, permission: ObjectPermission) -> list[dict[str, Any]]:
        """Who has it by membership."""
        return related_list(GroupSerializer, list(permission.groups.all()), self.context)

    @extend_schema_field(_LIST)
    def get_users(self, permission: ObjectPermission) -> list[dict[str, Any]]:
        """Who has it in person."""
        return related_list(UserSerializer, list(permission.users.all()), self.context)


@shows
class TokenSerializer(RecordSerializer):
    """A token; the answer that creates it has the whole of ``key``, others its public half."""

    route = "token-detail"
    related = ("user",)

    key = serializers.SerializerMethodField()
    user = Related()

    class Meta:
        model = Token
        fields = (
            *COMMON,
            *("key", "expires", "write_enabled", "description", "created"),
            *("user", "last_used", "allowed_networks"),
        )

    def get_display(self, record: Token) -> str:
        """The public half and what it is for."""
        return f"{record} ({record.description})" if record.description else str(record)

    def get_key(self, token: Token) -> str:
        """The public half; the secret one is not known here."""
        return str(token)
