"""The body of a webhook and its signature."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC

from .message import Item

SIGNATURE = "X-Jobsmith-Signature"


def body_of(rule: str, items: Sequence[Item]) -> bytes:
    """The events as JSON, in the order in which they happened."""
    told = {
        "rule": rule,
        "deliveries": [
            {
                "id": each.id,
                "happened_at": each.happened_at.astimezone(UTC).isoformat(),
                **{name: value for name, value in each.facts.items() if name != "page"},
                "url": each.link,
            }
            for each in items
        ],
    }
    return json.dumps(told, ensure_ascii=False).encode()


def sign(key: str, timestamp: int, body: bytes) -> str:
    """The value of the header: the time, and the HMAC-SHA256 over ``<time>.<body>``."""
    signed = f"{timestamp}.".encode() + body
    digest = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"
