"""Who asks, by the ``Authorization`` header of a request."""

import base64
import binascii
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from jobsmith.errors import WrongPassword
from jobsmith.models import Token

from .sign_in import check_password
from .tokens import token_user

KEYWORDS = frozenset({"token", "bearer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A user, and the token that was sent, if one was."""

    user: AbstractBaseUser
    token: Token | None = None

    @property
    def may_write(self) -> bool:
        """Whether the token is more than a reading one."""
        return self.token is None or self.token.write_enabled


def caller_of(request: HttpRequest) -> Caller | None:
    """Whoever the header names; None without a header, so that a session may count.

    Raises UnknownToken, WrongPassword or TooManyAttempts.
    """
    keyword, _, rest = request.headers.get("Authorization", "").partition(" ")
    if keyword.lower() in KEYWORDS:
        user, token = token_user(rest.strip(), request.META.get("REMOTE_ADDR", ""))
        return Caller(user=user, token=token)
    if keyword.lower() == "basic":
        return Caller(user=_by_password(request, rest.strip()))
    return None


def _by_password(request: HttpRequest, encoded: str) -> AbstractBaseUser:
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise WrongPassword from error
    name, _, password = text.partition(":")
    if "\x00" in text:
        raise WrongPassword
    user = check_password(request, user_name=name, password=password)
    if user is None or not user.is_active:
        raise WrongPassword
    return user
