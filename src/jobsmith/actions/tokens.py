"""API tokens: make one, and find whose it is."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError
from django.utils import timezone

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.errors import InputsRefused, NotAllowed, UnknownToken
from jobsmith.models import Token
from jobsmith.policies import Actor

from .removing import remove
from .stale import Seen, refuse_stale
from .transactions import changes, held

PREFIX = "jsm_"
USED_EVERY = timedelta(minutes=10)
"""``last_used`` is kept this exactly, so that reading does not write at every request."""


def create_token(
    user: AbstractBaseUser,
    *,
    description: str = "",
    expires: datetime | None = None,
    write_enabled: bool = True,
    allowed_networks: Sequence[str] = (),
    by: Actor | None = None,
    using: Token | None = None,
) -> tuple[Token, str]:
    """Make a token for the user; the text is returned this once and is stored only as a hash.

    ``by`` is who makes it, where that is somebody else: it takes the right to add such tokens.
    ``using`` is the token that the request came with. Raises NotAllowed (also for a token that
    is limited itself), InputsRefused (a network that is none; a time that has passed; a
    description that is too long; a superuser's token made by somebody who is none) or Busy.
    """
    _refuse_limited(using)
    _refuse_bad({"description": description, "expires": expires})
    maker: Actor = user if by is None else by
    if maker.pk != user.pk:
        policies.require(maker, "add", Token)
        _refuse_power(maker, user, "user")
    key, secret = secrets.token_hex(6), secrets.token_urlsafe(30)
    with changes():
        token = Token.objects.create(
            user_id=user.pk,
            key=key,
            secret_hash=_hash(secret),
            description=description,
            expires=expires,
            write_enabled=write_enabled,
            allowed_networks=_networks(allowed_networks),
        )
        if maker.pk != user.pk:
            policies.require_still(maker, "add", token)
        note_change(token, user=maker)
    return token, f"{PREFIX}{key}.{secret}"


def edit_token(
    token: Token,
    *,
    user: Actor,
    values: Mapping[str, Any],
    using: Token | None = None,
    seen: Seen | None = None,
) -> Token:
    """Change description, expiry, ``write_enabled`` or networks of a token.

    ``using`` is as in `create_token`. Raises NotFound unless it is the user's own or the user
    may change those of others, NotAllowed, InputsRefused, ChangedMeanwhile or Busy.
    """
    policies.find(policies.tokens(user, "change"), pk=token.pk)
    _refuse_limited(using)
    if token.user_id != user.pk:
        _refuse_power(user, token.user, "__all__")
    given = {**values}
    _refuse_bad({name: each for name, each in given.items() if each != getattr(token, name)})
    if "allowed_networks" in given:
        given["allowed_networks"] = _networks(given["allowed_networks"])
    with changes():
        refuse_stale(held(token), seen, user)
        before = snapshot(token)
        for name, value in given.items():
            setattr(token, name, value)
        token.save(update_fields=list(given))
        if token.user_id != user.pk:
            policies.require_still(user, "change", token)
        note_change(token, user=user, before=before)
    return token


def revoke_token(user: Actor, key: str) -> None:
    """Delete the token with this public key (with or without ``jsm_``).

    Raises NotFound unless it is the user's own or the user may delete those of others.
    """
    with changes():
        token = policies.find(policies.tokens(user, "delete"), key=key.removeprefix(PREFIX))
        remove(token, user=user)


def token_user(text: str, address: str = "") -> tuple[AbstractBaseUser, Token]:
    """Whose token this is, when it comes from this address ("" where there is none).

    Raises UnknownToken for a wrong, expired, orphaned or misplaced one alike.
    """
    key, _, secret = text.removeprefix(PREFIX).partition(".")
    token = Token.objects.select_related("user").filter(key=key).first()
    known = token.secret_hash if token else _hash("")
    if not hmac.compare_digest(known, _hash(secret)) or token is None:
        raise UnknownToken
    if not token.user.is_active or (token.expires and token.expires <= timezone.now()):
        raise UnknownToken
    if token.allowed_networks and not _is_inside(address, token.allowed_networks):
        raise UnknownToken
    _note_use(token)
    return token.user, token


def still_counts(token: Token) -> bool:
    """Whether a token that was accepted before still is: neither revoked nor expired."""
    rows = Token.objects.filter(pk=token.pk, user__is_active=True)
    return rows.exclude(expires__lte=timezone.now()).exists()


def _refuse_limited(using: Token | None) -> None:
    """Who holds a token that ends, or counts at some places only, shall not make it any better."""
    if using is not None and (using.expires or using.allowed_networks or not using.write_enabled):
        raise NotAllowed(
            "A token that is limited itself makes and changes no tokens. "
            "Sign in, or use one without limits."
        )


def _refuse_bad(values: Mapping[str, Any]) -> None:
    """What no token may newly have, whichever door asks for it."""
    errors = {}
    longest = Token._meta.get_field("description").max_length or 0
    if len(values.get("description", "")) > longest:
        errors["description"] = [f"A description has {longest} characters at most."]
    expires = values.get("expires")
    if expires and expires <= timezone.now():
        errors["expires"] = ["Choose a time to come."]
    if errors:
        raise InputsRefused(errors)


def _refuse_power(by: Actor, owner: AbstractBaseUser, field: str) -> None:
    """A token acts as its owner, so only superusers make those of superusers, or widen them."""
    if getattr(owner, "is_superuser", False) and not getattr(by, "is_superuser", False):
        raise InputsRefused({field: ["Only a superuser may do that to the token of a superuser."]})


def _networks(given: Sequence[str]) -> list[str]:
    try:
        return [str(ip_network(each.strip())) for each in given]
    except ValueError as error:
        message = f"Enter networks such as 10.0.0.0/8: {error}"
        raise InputsRefused({"allowed_networks": [message]}) from error


def _is_inside(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or found
    return any(inner in ip_network(each) for each in networks)


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
