"""Keyed hashes: they tell whether data is the same, and nothing of what it is."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.encoding import force_bytes

from jobsmith.conf import conf


def keyed_hash(data: Any) -> str:
    """Of JSON data, whatever the order of its keys; without the key nobody can guess it."""
    return next(_hashes(data))


def is_hash_of(text: str, data: Any) -> bool:
    """Whether it was made of this data with a key of this server, in use or retired."""
    return any(hmac.compare_digest(text, each) for each in _hashes(data))


def _hashes(data: Any) -> Iterator[str]:
    told = json.dumps(data, sort_keys=True, allow_nan=False).encode()
    for key in conf().secret_keys or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        derived = hashlib.sha256(b"jobsmith.inputs.keyed:" + force_bytes(key)).digest()
        yield hmac.new(derived, told, hashlib.sha256).hexdigest()
