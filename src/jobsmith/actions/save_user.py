"""Create and edit users, and who may make whom an administrator."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, PermissionsMixin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused
from jobsmith.policies import Actor

from .delete_record import delete_record
from .save_record import create_record, update_record
from .stale import Seen
from .transactions import changes


def create_user(*, user: Actor, values: Mapping[str, Any], password: str = "") -> AbstractBaseUser:
    """Add a user; without a password nobody can sign in as it, but tokens work.

    Raises as `create_record`, and InputsRefused for a weak password, a superuser made by
    somebody who is none, or a group that the caller may not change.
    """
    _refuse_power(user, values)
    _refuse_groups(user, values)
    return create_record(
        get_user_model(), user=user, values={**values, "password": _hashed(password)}
    )


def update_user(
    row: AbstractBaseUser,
    *,
    user: Actor,
    values: Mapping[str, Any],
    password: str = "",
    seen: Seen | None = None,
) -> AbstractBaseUser:
    """Change a user; a new password ends the sessions of the old one.

    Raises as `create_user`, and InputsRefused for the last active superuser made less.
    """
    _refuse_power(user, values, row)
    _refuse_groups(user, values, row)
    changed = {**values, "password": _hashed(password, row)} if password else values
    with changes():
        if not (values.get("is_active", True) and values.get("is_superuser", True)):
            _refuse_last(row)
        return update_record(row, user=user, values=changed, seen=seen)


def delete_user(row: AbstractBaseUser, *, user: Actor) -> None:
    """Delete a user; its runs and changes stay under its name. Nobody deletes themselves.

    Raises as `delete_record`, and InputsRefused for a superuser deleted by somebody who is none
    and for the last active superuser.
    """
    refuse_deletion(row, user=user)
    with changes():
        _refuse_last(row)
        delete_record(row, user=user)


def refuse_deletion(row: AbstractBaseUser, *, user: Actor) -> None:
    """Raise what `delete_user` would raise because of who they are, so that no door offers it."""
    _refuse_power(user, {}, row)
    if row.pk == user.pk:
        raise InputsRefused({"__all__": ["You cannot delete yourself."]})


def change_own_password(user: AbstractBaseUser, *, password: str) -> AbstractBaseUser:
    """Everybody may change their own password; raises InputsRefused for a weak one, or Busy."""
    with changes():
        before = snapshot(user)
        user.password = _hashed(password, user)
        user.save(update_fields=["password"])
        note_change(user, user=user, before=before)
    return user


def _refuse_power(
    user: Actor, values: Mapping[str, Any], row: AbstractBaseUser | None = None
) -> None:
    """Only superusers make superusers or staff, and change those who are superusers."""
    if getattr(user, "is_superuser", False):
        return
    if getattr(row, "is_superuser", False):
        raise InputsRefused({"__all__": ["Only a superuser may change a superuser."]})
    if values.get("is_superuser"):
        raise InputsRefused({"is_superuser": ["Only a superuser may make a superuser."]})
    if "is_staff" in values and bool(values["is_staff"]) != getattr(row, "is_staff", False):
        raise InputsRefused({"is_staff": ["Only a superuser may change who is staff."]})


def _refuse_groups(
    user: Actor, values: Mapping[str, Any], row: AbstractBaseUser | None = None
) -> None:
    """Who is in a group has its permissions, so it takes the right to change the group."""
    if "groups" not in values:
        return
    now: set[Group] = set(row.groups.all()) if isinstance(row, PermissionsMixin) else set()
    given = set(values["groups"])
    left = policies.viewable(Group, user).filter(pk__in=[each.pk for each in now - given])
    moved = {each.pk for each in (*left, *(given - now))}
    if policies.scoped(Group, user, "change").filter(pk__in=moved).count() < len(moved):
        text = "It takes the right to change a group to put users into it or to take them out."
        raise InputsRefused({"groups": [text]})


def _refuse_last(row: AbstractBaseUser) -> None:
    """Somebody has to be left who can give rights; locked, so that two do not end each other."""
    if not getattr(row, "is_superuser", False):
        return
    users = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    left = users.select_for_update().order_by("pk").values_list("pk", flat=True)
    if list(left) == [row.pk]:
        text = "This is the last superuser who can sign in. Make another one first."
        raise InputsRefused({"__all__": [text]})


def _hashed(password: str, row: Any = None) -> str:
    if not password:
        return make_password(None)
    try:
        validate_password(password, row)
    except ValidationError as error:
        raise InputsRefused({"password": list(error.messages)}) from error
    return make_password(password)
