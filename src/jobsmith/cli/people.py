"""Whose rights a command uses."""

from collections.abc import Callable
from typing import Any

import click
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from jobsmith import policies
from jobsmith.errors import NotAllowed, NotFound

ADMINISTRATOR = "admin"


def acting_user(username: str = "") -> AbstractBaseUser:
    """The named user, or the administrator; raises NotFound or NotAllowed with a sentence."""
    users = policies.everything(get_user_model())
    wanted = username or ADMINISTRATOR
    user = users.filter(**{get_user_model().USERNAME_FIELD: wanted}).first()
    if user is None and username:
        raise NotFound(f"There is no user called {username}.")
    if user is None:
        raise NotFound("There is no administrator called admin: name a user with --user.")
    if not user.is_active:
        raise NotAllowed(f"The user {wanted} is not active.")
    if not username and not getattr(user, "is_superuser", False):
        raise NotAllowed("The user admin is no administrator: name a user with --user.")
    return user


def user_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--user`` to a command."""
    return click.option(
        "--user", "-u", "username", default="", help="Act with the rights of this user."
    )(command)
