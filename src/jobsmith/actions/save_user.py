"""Create and edit users, and who may make whom an administrator."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused
from jobsmith.policies import Actor

from .delete_record import delete_record
from .save_record import create_record, update_record
from .transactions import changes


def create_user(*, user: Actor, values: Mapping[str, Any], password: str = "") -> AbstractBaseUser:
    """Add a user; without a password nobody can sign in as it, but tokens work.

    Raises as `create_record`, and InputsRefused for a weak password or a superuser made by
    somebody who is none.
    """
    _refuse_power(user, values)
    return create_record(
        get_user_model(), user=user, values={**values, "password": _hashed(password)}
    )


def update_user(
    row: AbstractBaseUser, *, user: Actor, values: Mapping[str, Any], password: str = ""
) -> AbstractBaseUser:
    """Change a user; a new password ends the sessions of the old one. Raises as `create_user`."""
    _refuse_power(user, values, row)
    changed = {**values, "password": _hashed(password, row)} if password else values
    return update_record(row, user=user, values=changed)


def delete_user(row: AbstractBaseUser, *, user: Actor) -> None:
    """Delete a user; its runs and changes stay under its name. Nobody deletes themselves.

    Raises as `delete_record`, and InputsRefused for a superuser deleted by somebody who is none.
    """
    _refuse_power(user, {}, row)
    if row.pk == user.pk:
        raise InputsRefused({"__all__": ["You cannot delete yourself."]})
    delete_record(row, user=user)


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


def _hashed(password: str, row: Any = None) -> str:
    if not password:
        return make_password(None)
    try:
        validate_password(password, row)
    except ValidationError as error:
        raise InputsRefused({"password": list(error.messages)}) from error
    return make_password(password)
