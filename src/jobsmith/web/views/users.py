"""Users."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest

from jobsmith import policies
from jobsmith.actions.save_user import create_user, delete_user, refuse_deletion, update_user
from jobsmith.actions.stale import Seen
from jobsmith.filters.tables import USERS
from jobsmith.models import ObjectPermission
from jobsmith.policies import Actor

from ..records import RecordForm, RecordPages

User: Any = get_user_model()
FIELDS = {each.name for each in User._meta.get_fields()}
PERSON = ("first_name", "last_name", "email", "is_active", "is_superuser", "groups")
"""What a host's users may have beside their name."""
LABELS = {"is_active": "Active", "is_superuser": "Superuser"}
HINTS = {
    "is_active": "Others can neither sign in nor use their tokens.",
    "is_superuser": "May do everything.",
}
UNCHANGED = "Leave it empty to keep the present one. A new one ends the sessions of the old."
NO_PASSWORD = "Without one nobody can sign in as this user; tokens work."  # noqa: S105


class UserForm(RecordForm):
    """A user. The password goes in and never comes out."""

    password = forms.CharField(
        required=False,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = (
            User.USERNAME_FIELD,
            *(name for name in PERSON if name in FIELDS),
        )
        labels = LABELS
        help_texts = {**HINTS, "groups": "A user has the permissions of all its groups."}

    def __init__(self, data: Any = None, *, row: Any, user: Actor) -> None:
        super().__init__(data, row=row, user=user)
        self.fields["password"].help_text = NO_PASSWORD if row._state.adding else UNCHANGED
        self.order_fields([User.USERNAME_FIELD, "password"])
        power = self.fields.get("is_superuser")
        if power and not getattr(user, "is_superuser", False):
            power.disabled = True
            power.help_text = "Only a superuser may change this."


class UserPages(RecordPages[AbstractBaseUser]):
    """Users."""

    model = User
    form_class = UserForm
    table = USERS
    name = "user"
    list_name = place = "users"
    one, many = "user", "users"
    lead = "Who may sign in, and whose rights a token uses."
    gone = (
        "Its tokens go with it. Runs and changes stay, and the changes keep its name. "
        "To keep the user and shut it out, make it inactive instead."
    )
    order = (User.USERNAME_FIELD,)
    rows_template = "access/users.html"
    side_template = "access/rights.html"

    def listed(self, rows: QuerySet[Any], user: Actor) -> QuerySet[Any]:
        """With the groups that the viewer may see."""
        if "groups" not in FIELDS:
            return rows
        return rows.prefetch_related(Prefetch("groups", policies.viewable(Group, user)))

    def facts(self, row: Any, user: Actor) -> Mapping[str, Any]:
        """Permissions that name the user or one of its groups."""
        mine = Q(users=row.pk)
        if "groups" in FIELDS:
            mine |= Q(groups__in=row.groups.values("pk"))
        found = policies.viewable(ObjectPermission, user).filter(mine).distinct()
        return {"permissions": found, "everything": getattr(row, "is_superuser", False)}

    def add(self, request: HttpRequest, values: dict[str, Any]) -> AbstractBaseUser:
        """Make the user."""
        password = values.pop("password", "")
        return create_user(user=request.user, values=values, password=password)

    def change(
        self, request: HttpRequest, row: AbstractBaseUser, values: dict[str, Any], seen: Seen
    ) -> AbstractBaseUser:
        """Change the user; whoever changes their own password stays signed in here."""
        password = values.pop("password", "")
        changed = update_user(row, user=request.user, values=values, password=password, seen=seen)
        if password and changed.pk == request.user.pk:
            same: Any = changed
            update_session_auth_hash(request, same)
        return changed

    def refuse_removal(self, row: AbstractBaseUser, user: Actor) -> None:
        """Nobody deletes themselves, and only superusers delete superusers."""
        refuse_deletion(row, user=user)

    def remove(self, request: HttpRequest, row: AbstractBaseUser) -> None:
        """Delete the user."""
        delete_user(row, user=request.user)
