"""Addresses of repositories on SSH servers: ``ssh://git@host:22/path`` and ``git@host:path``."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_SCP_LIKE = re.compile(r"(?P<user>[^@:/]+)@(?P<host>[^@:/\[\]]+|\[[0-9a-fA-F:.]+\]):(?P<path>.+)")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_PATH = re.compile(r"[\w~/.][\w~/.+@%,=:-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SshAddress:
    """Where the repository lies."""

    host: str
    port: int
    user: str
    """"" where the address tells none."""
    path: str


def ssh_address(text: str) -> SshAddress | None:
    """What the address says; None when it is no such address.

    Nothing in it can be taken for an option by a program at the other end.
    """
    try:
        found = _of_url(text) if "://" in text else _of_scp_like(text)
    except ValueError:
        return None
    if found is None or not _HOST.fullmatch(found.host) or not _PATH.fullmatch(found.path):
        return None
    if found.user and not _USER.fullmatch(found.user):
        return None
    return found


def _of_url(text: str) -> SshAddress | None:
    parts = urlsplit(text)
    if parts.scheme.lower() != "ssh" or parts.password is not None:
        return None
    if parts.port == 0 or len(parts.path) < 2 or parts.query or parts.fragment:
        return None
    return SshAddress(
        host=parts.hostname or "",
        port=parts.port or 22,
        user=parts.username or "",
        path=unquote(parts.path),
    )


def _of_scp_like(text: str) -> SshAddress | None:
    found = _SCP_LIKE.fullmatch(text)
    if found is None or "?" in text or "#" in text:
        return None
    return SshAddress(
        host=found["host"].strip("[]"), port=22, user=found["user"], path=found["path"]
    )
