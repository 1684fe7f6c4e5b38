"""Seals secret inputs, so that the database alone does not give them away."""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes

from jobsmith.conf import conf
from jobsmith.errors import SealBroken
from jobsmith.processes import sandbox


def seal(data: dict[str, Any]) -> str:
    """The sealed form of JSON data; "" when there is none."""
    if not data:
        return ""
    return _lock().encrypt(json.dumps(data, allow_nan=False).encode()).decode("ascii")


def open_sealed(text: str) -> dict[str, Any]:
    """What was sealed; raises SealBroken when no key of this server fits."""
    if not text:
        return {}
    try:
        data = json.loads(_lock().decrypt(text.encode()))
    except (InvalidToken, ValueError) as error:
        raise SealBroken from error
    return dict(data)


def _lock() -> MultiFernet:
    if sandbox.level():
        raise SealBroken("Inside a sandbox there are no keys to seal or open secrets with.")
    keys = conf().secret_keys or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str | bytes) -> bytes:
    digest = hashlib.sha256(b"jobsmith.inputs.vault:" + force_bytes(key)).digest()
    return base64.urlsafe_b64encode(digest)
