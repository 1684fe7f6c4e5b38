"""Clients of the REST door."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from jobsmith.actions.tokens import create_token
from tests.support.factories import make_admin, make_user


def client_of(user: Any, **token: Any) -> APIClient:
    """A client that sends a token of the user."""
    _, plain = create_token(user, **token)
    return APIClient(HTTP_AUTHORIZATION=f"Token {plain}")


@pytest.fixture
def admin(db: None) -> APIClient:
    """May do everything."""
    return client_of(make_admin())


@pytest.fixture
def as_user(db: None) -> Callable[..., APIClient]:
    """A client of a user with the named permissions."""
    return lambda *permissions: client_of(make_user("olga", *permissions))
