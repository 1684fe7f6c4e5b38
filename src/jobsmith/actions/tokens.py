"""API tokens: make one, and find whose it is."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError
from django.utils import timezone

from jobsmith.errors import NotFound, UnknownToken
from jobsmith.models import Token

PREFIX = "jsm_"
USED_EVERY = timedelta(minutes=10)
"""``last_used`` is kept this exactly, so that reading does not write at every request."""


def create_token(
    user: AbstractBaseUser,
    *,
    description: str = "",
    expires: datetime | None = None,
    write_enabled: bool = True,
) -> tuple[Token, str]:
    """Make a token for the user; the text is returned this once and is stored only as a hash."""
    key, secret = secrets.token_hex(6), secrets.token_urlsafe(30)
    token = Token.objects.create(
        user_id=user.pk,
        key=key,
        secret_hash=_hash(secret),
        description=description,
        expires=expires,
        write_enabled=write_enabled,
    )
    return token, f"{PREFIX}{key}.{secret}"


def revoke_token(user: AbstractBaseUser, key: str) -> None:
    """Delete the user's token with this public key (with or without ``jsm_``); else NotFound."""
    deleted, _ = Token.objects.filter(user_id=user.pk, key=key.removeprefix(PREFIX)).delete()
    if not deleted:
        raise NotFound


def token_user(text: str) -> tuple[AbstractBaseUser, Token]:
    """Whose token this is; raises UnknownToken for a wrong, expired or orphaned one alike."""
    key, _, secret = text.removeprefix(PREFIX).partition(".")
    token = Token.objects.select_related("user").filter(key=key).first()
    known = token.secret_hash if token else _hash("")
    if not hmac.compare_digest(known, _hash(secret)) or token is None:
        raise UnknownToken
    if not token.user.is_active or (token.expires and token.expires <= timezone.now()):
        raise UnknownToken
    _note_use(token)
    return token.user, token


def _hash(secret: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


def _note_use(token: Token) -> None:
    now = timezone.now()
    if token.last_used and now - token.last_used < USED_EVERY:
        return
    try:
        Token.objects.filter(pk=token.pk).update(last_used=now)
    except OperationalError:
        return  # a locked database must not refuse a reader
