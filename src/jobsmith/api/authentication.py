"""Who is asking: a token, a name and password, or a signed-in browser session."""

from typing import Any

from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    SessionAuthentication,
)
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from jobsmith.actions.sign_in import check_password
from jobsmith.actions.tokens import token_user
from jobsmith.errors import UnknownToken
from jobsmith.models import Token

KEYWORDS = frozenset({"token", "bearer"})


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Token <key>`` or ``Bearer <key>``.

    It names no challenge, so a missing or wrong token is a 403, as clients expect.
    """

    def authenticate(self, request: Request) -> tuple[object, Token] | None:
        """The user and the token; None when another scheme was used."""
        keyword, _, plain = request.headers.get("Authorization", "").partition(" ")
        if keyword.lower() not in KEYWORDS:
            return None
        try:
            return token_user(plain.strip(), request.META.get("REMOTE_ADDR", ""))
        except UnknownToken as refusal:
            raise AuthenticationFailed(refusal.message) from refusal


class PasswordAuthentication(BasicAuthentication):
    """Name and password, with the brake on guessing; it names no challenge either."""

    def authenticate_credentials(
        self, userid: str, password: str, request: Any = None
    ) -> tuple[object, None]:
        """The user; raises AuthenticationFailed, or TooManyAttempts (429)."""
        user = check_password(request, user_name=userid, password=password)
        if user is None or not user.is_active:
            raise AuthenticationFailed("Invalid username/password.")
        return user, None


AUTHENTICATION = (TokenAuthentication, PasswordAuthentication, SessionAuthentication)
"""The token first: a program that sends one is never asked for a CSRF token of some session."""


class SignedIn(BasePermission):
    """Somebody is signed in, and a token that may only read only reads."""

    message = "This token may only read."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """False for nobody (403 "not provided") and for writes with a reading token."""
        if not (request.user and request.user.is_authenticated):
            return False
        reads = request.method in SAFE_METHODS
        return reads or not isinstance(request.auth, Token) or request.auth.write_enabled
