"""Messages from other systems, and whether they come from somebody who has the secret."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

from jobsmith.errors import JobsmithError

PREFIX = "whsec_"
"""Begins the secrets of Standard Webhooks; the rest is the key in Base64."""
VERSION = "v1,"


class Scheme(StrEnum):
    """How a message shows that its sender has the secret."""

    STANDARD = "standard"
    """As standardwebhooks.com has it: id, time and body are signed."""
    HMAC = "hmac"
    """HMAC with SHA-256 of the body, as GitHub and Gitea send it."""
    TOKEN = "token"  # noqa: S105 - the name of a scheme
    """The secret itself, as GitLab sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was sent."""

    body: bytes
    signatures: Sequence[str] = ()
    """HMACs with SHA-256 of the body, in hex."""
    tokens: Sequence[str] = ()
    """The secret itself."""
    standard: str = ""
    """Signatures of Standard Webhooks, parted by blanks."""
    id: str = ""
    """What the sender calls this delivery; only Standard Webhooks sign it."""
    timestamp: str = ""
    """Seconds since 1970, as Standard Webhooks sign them."""
    event: str = ""
    is_form: bool = False

    @property
    def name(self) -> str:
        """What tells it from others, in a few characters: ids of deliveries are not signed."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def text(self) -> bytes:
        """The JSON in it, also where a form carries that; raises ValueError."""
        if not self.is_form:
            return self.body
        [text] = parse_qs(self.body.decode(), max_num_fields=10).get("payload", [""])
        return text.encode()


# Refusals of messages that are signed. The others are in `errors`, which has become long.


class WebhookOff(JobsmithError):
    """This webhook is switched off."""

    code = "webhook_off"
    status = 409


class MessageTooOld(JobsmithError):
    """The message was signed more than five minutes ago, or the clocks differ. Sign it anew."""

    code = "message_too_old"


class TooManyMessages(JobsmithError):
    """This webhook takes no more messages now. Send it again in a minute."""

    code = "too_many_messages"
    status = 429


def is_signed(message: Message, secret: str) -> bool:
    """Whether it comes from somebody who has the secret; takes as long when not."""
    found = (_has_hmac(message, secret), _has_token(message, secret))
    return any(found)


def is_signed_by(scheme: str, message: Message, secret: str) -> bool:
    """The same for one scheme; what the others take is taken, too, so that all take as long."""
    found = {
        Scheme.STANDARD: _is_standard(message, secret),
        Scheme.HMAC: _has_hmac(message, secret),
        Scheme.TOKEN: _has_token(message, secret),
    }
    return found[Scheme(scheme)]


def standard_signature(message: Message, secret: str) -> str:
    """What Standard Webhooks put into ``webhook-signature``."""
    signed = f"{message.id}.{message.timestamp}.".encode() + message.body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return VERSION + base64.b64encode(digest).decode()


def _is_standard(message: Message, secret: str) -> bool:
    expected = standard_signature(message, secret)
    return _any([_same(each, expected) for each in message.standard.split(" ")])


def _has_hmac(message: Message, secret: str) -> bool:
    expected = hmac.new(secret.encode(), message.body, hashlib.sha256).hexdigest()
    return _any([_same(each.lower(), expected) for each in message.signatures])


def _has_token(message: Message, secret: str) -> bool:
    return _any([_same(each, secret) for each in message.tokens])


def _any(found: Sequence[bool]) -> bool:
    """Of all of them, looked at whole: that takes as long whichever fits."""
    return any(found)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
