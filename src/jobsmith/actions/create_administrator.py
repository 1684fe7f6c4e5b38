"""The first administrator of a new server."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model


def create_first_administrator(password: str = "") -> str | None:
    """Create ``admin`` when there is no user yet; return its password, or None if there was one.

    Without a given password a random one is made: there is no default to guess.
    """
    model = get_user_model()
    users: Any = model._default_manager
    if users.exists():
        return None
    password = password or secrets.token_urlsafe(12)
    fields = {**dict.fromkeys(model.REQUIRED_FIELDS, ""), model.USERNAME_FIELD: "admin"}
    users.create_superuser(**fields, password=password)
    return password
