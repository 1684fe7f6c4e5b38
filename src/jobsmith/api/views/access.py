"""Users, groups, object permissions and tokens."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from jobsmith import policies
from jobsmith.actions.save_permission import create_permission, update_permission
from jobsmith.actions.save_user import create_user, delete_user, update_user
from jobsmith.actions.tokens import create_token, edit_token, revoke_token
from jobsmith.filters.tables import GROUPS, PERMISSIONS, TOKENS, USERS
from jobsmith.models import ObjectPermission, Token
from jobsmith.policies import Actor

from ..bodies import GroupBody, PermissionBody, TokenBody, UserBody
from ..serializers import (
    GroupSerializer,
    PermissionSerializer,
    TokenSerializer,
    UserSerializer,
)
from .base import FREE, Shown
from .editable import CreatableViewSet


class UserViewSet(CreatableViewSet):
    """Users."""

    model = get_user_model()
    serializer_class = UserSerializer
    body_class = UserBody
    filters = USERS

    def add(self, values: Mapping[str, Any]) -> Any:
        """Make the user."""
        plain = {**values}
        password = plain.pop("password", "")
        return create_user(user=self.request.user, values=plain, password=password)

    def change(self, record: Any, values: Mapping[str, Any]) -> Any:
        """Change the user."""
        plain = {**values}
        password = plain.pop("password", "")
        return update_user(record, user=self.request.user, values=plain, password=password)

    def remove(self, record: Any) -> None:
        """Delete the user."""
        delete_user(record, user=self.request.user)


class GroupViewSet(CreatableViewSet):
    """Groups."""

    model = Group
    serializer_class = GroupSerializer
    body_class = GroupBody
    filters = GROUPS


class PermissionViewSet(CreatableViewSet):
    """Object permissions."""

    model = ObjectPermission
    serializer_class = PermissionSerializer
    body_class = PermissionBody
    filters = PERMISSIONS

    def add(self, values: Mapping[str, Any]) -> ObjectPermission:
        """Grant."""
        return create_permission(user=self.request.user, values=values)

    def change(self, record: ObjectPermission, values: Mapping[str, Any]) -> ObjectPermission:
        """Change the grant."""
        return update_permission(record, user=self.request.user, values=values)


class TokenViewSet(CreatableViewSet):
    """The caller's own tokens, and with the right to it those of others.

    Everybody may look after their own, so no right is asked for before the look-up.
    """

    model = Token
    serializer_class = TokenSerializer
    body_class = TokenBody
    filters = TOKENS
    rights = dict.fromkeys(CreatableViewSet.rights, FREE)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.made: dict[str, str] = {}
        """Texts of new tokens by id, for the answer that creates them."""

    def rows(self, user: Actor, right: str) -> QuerySet[Token]:
        """Own tokens, and others' with the right that the method asks for."""
        return policies.tokens(user, CreatableViewSet.rights.get(self.action or "", "view"))

    def add(self, values: Mapping[str, Any]) -> Token:
        """Make a token; the answer alone shows its text."""
        given = {**values}
        owner = given.pop("user", self.request.user)
        token, plain = create_token(owner, by=self.request.user, using=self._using(), **given)
        self.made[str(token.pk)] = plain
        return token

    def represent(self, records: Sequence[Any], include: frozenset[str] = frozenset()) -> Shown:
        """As the base, with the text of a token that was just made."""
        shown = super().represent(records, include)
        return [{**each, "key": self.made.get(each["id"], each["key"])} for each in shown]

    def change(self, record: Token, values: Mapping[str, Any]) -> Token:
        """Change what it is for and how far it goes."""
        given = {name: value for name, value in values.items() if name != "user"}
        return edit_token(record, user=self.request.user, values=given, using=self._using())

    def _using(self) -> Token | None:
        """The token that the request came with."""
        sent: Any = self.request.auth
        return sent if isinstance(sent, Token) else None

    def remove(self, record: Token) -> None:
        """Revoke it."""
        revoke_token(self.request.user, record.key)
