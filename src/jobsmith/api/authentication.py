"""Who is asking: a token, a name and password, or a signed-in browser session."""

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from jobsmith.actions.authenticate import caller_of
from jobsmith.errors import UnknownToken, WrongPassword
from jobsmith.models import Token


class HeaderAuthentication(BaseAuthentication):
    """``Authorization: Token <key>``, ``Bearer <key>`` or Basic.

    It names no challenge, so a missing or wrong token is a 403, as clients expect.
    """

    def authenticate(self, request: Request) -> tuple[object, Token | None] | None:
        """The user and the token; None when there is no such header."""
        try:
            caller = caller_of(request._request)
        except (UnknownToken, WrongPassword) as refusal:
            raise AuthenticationFailed(refusal.message) from refusal
        return (caller.user, caller.token) if caller else None


AUTHENTICATION = (HeaderAuthentication, SessionAuthentication)
"""The header first: a program that sends one is never asked for a CSRF token of some session."""


class SignedIn(BasePermission):
    """Somebody is signed in, and a token that may only read only reads."""

    message = "This token may only read."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """False for nobody (403 "not provided") and for writes with a reading token."""
        if not (request.user and request.user.is_authenticated):
            return False
        reads = request.method in SAFE_METHODS
        return reads or not isinstance(request.auth, Token) or request.auth.write_enabled
