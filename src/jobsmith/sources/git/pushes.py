"""What Git servers send when somebody has pushed, and how they sign it."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

PUSHES = ("push", "Push Hook", "Tag Push Hook")
"""What GitHub, Gitea and GitLab call it."""
MAX_REF = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What was sent."""

    body: bytes
    signatures: Sequence[str] = ()
    """HMACs with SHA-256 of the body, in hex."""
    tokens: Sequence[str] = ()
    """The secret itself, as GitLab sends it."""
    event: str = ""
    is_form: bool = False

    @property
    def name(self) -> str:
        """What tells it from others, in a few characters: ids of deliveries are not signed."""
        return hashlib.sha256(self.body).hexdigest()


def is_signed(message: Message, secret: str) -> bool:
    """Whether it comes from somebody who has the secret; takes as long when not."""
    expected = hmac.new(secret.encode(), message.body, hashlib.sha256).hexdigest()
    fits = [_same(each.lower(), expected) for each in message.signatures]
    fits += [_same(each, secret) for each in message.tokens]
    return any(fits)


def pushed_ref(message: Message) -> str:
    """The full name of the branch or tag that was pushed; "" when the message is about nothing
    like that."""
    if message.event and message.event not in PUSHES:
        return ""
    try:
        ref = json.loads(_text(message)).get("ref")
    except (ValueError, RecursionError, AttributeError):
        return ""
    is_ref = isinstance(ref, str) and ref.startswith("refs/") and ref.isprintable()
    return ref[:MAX_REF] if is_ref else ""


def means(ref: str, branch: str) -> bool:
    """Whether that full name is the branch or tag of a repository."""
    return ref in (f"refs/heads/{branch}", f"refs/tags/{branch}")


def _text(message: Message) -> bytes:
    if not message.is_form:
        return message.body
    [text] = parse_qs(message.body.decode(), max_num_fields=10).get("payload", [""])
    return text.encode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
