"""Fingerprints of the keys by which SSH servers are known."""

import base64
import binascii
import hashlib
import re

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_PUBLIC = re.compile(
    r"(?:^|\s)(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d+) ([A-Za-z0-9+/]+=*)(?:\s|$)"
)


def fingerprint_of(text: str) -> str:
    """The fingerprint that was pasted, or that of the public key; "" when it is neither."""
    text = text.strip()
    if _FINGERPRINT.fullmatch(text):
        return text
    found = _PUBLIC.search(text)
    if found is None or "\n" in text:
        return ""
    kind, blob = found.groups()
    try:
        data = base64.b64decode(blob, validate=True)
    except binascii.Error:
        return ""
    if not data.startswith(len(kind).to_bytes(4, "big") + kind.encode()):
        return ""
    return f"SHA256:{base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')}"


def refusal_of_host_key(text: str) -> str:
    """Why that tells no host key; "" when it does, or is empty."""
    if not text.strip() or fingerprint_of(text):
        return ""
    return "Enter a fingerprint (SHA256:…), or one line of ssh-keyscan."
