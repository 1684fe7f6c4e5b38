"""Administrators that are made from the command line."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_save

from jobsmith.audit import note_change


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
    with transaction.atomic(), noted_administrators():
        users.create_superuser(**fields, password=password)
    return password


@contextmanager
def noted_administrators() -> Iterator[None]:
    """Users that are made inside, by whatever code of Django or the host, stand in the trail."""

    def note(instance: Model, created: bool, **_: Any) -> None:
        if created:
            note_change(instance, user=None)

    post_save.connect(note, sender=get_user_model())
    try:
        yield
    finally:
        post_save.disconnect(note, sender=get_user_model())
