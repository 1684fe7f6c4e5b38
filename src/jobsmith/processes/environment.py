"""Which environment variables job processes may see."""

import ctypes
import os
import re
from contextlib import suppress
from pathlib import Path

SECRETS = frozenset(
    {"DATABASE_URL", "JOBSMITH_BROKER_URL", "SECRET_KEY", "DJANGO_SECRET_KEY", "PGPASSWORD"}
)
"""Needed to load the settings, and by nothing after that."""

_SECRET_NAME = re.compile(r"SECRET|PASSW|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/?#\s]*:[^/?#\s]*@")
_LONG = 8
"""Shorter values are words such as ``none``."""


def is_secret(name: str) -> bool:
    """Whether a variable holds a secret of the server rather than of a job."""
    return name in SECRETS or (name.startswith("JOBSMITH_") and names_a_secret(name))


def names_a_secret(name: str) -> bool:
    """Whether a name gives its variable away as secret."""
    return bool(_SECRET_NAME.search(name))


def holds_a_password(value: str) -> bool:
    """Whether a value is, or holds, an address with a password in it."""
    return bool(_PASSWORD_IN_ADDRESS.search(value))


def secret_values() -> set[str]:
    """Values of this process's variables that a name gives away as secret.

    A job may need an ``…_API_TOKEN`` of its operator; its output need not show it.
    """
    named = {value for name, value in os.environ.items() if names_a_secret(name)}
    return {value for value in named if len(value) >= _LONG}


def scrub() -> None:
    """Forget the secrets in this process, also where ``/proc/self/environ`` shows them."""
    for name in filter(is_secret, list(os.environ)):
        del os.environ[name]
    with suppress(OSError, IndexError, ValueError):
        _overwrite_original()


def mark(name: str, value: str) -> None:
    """Set a variable, and show it where others read it of this process and its forks.

    The kernel shows the environment a process was started with, so it takes the place of what
    stands first there; the variables themselves stay.
    """
    os.environ[name] = value
    with suppress(OSError, IndexError, ValueError):
        _write_over(os.fsencode(f"{name}={value}") + b"\0")


def _write_over(entry: bytes) -> None:
    start, end = _original()
    text = ctypes.string_at(start, end - start)
    if entry in text or len(entry) > len(text):
        return
    for known in os.environ:  # C code must find them elsewhere
        os.environ[known] = os.environ[known]
    ctypes.memset(start, 0, text.index(b"\0", len(entry) - 1))  # nothing half may stay
    ctypes.memmove(start, entry, len(entry))


def _original() -> tuple[int, int]:
    """Where the environment lies that this process was started with: begin and end."""
    stat = Path("/proc/self/stat").read_bytes()
    fields = stat[stat.rindex(b")") + 2 :].split()
    return int(fields[47]), int(fields[48])  # env_start and env_end, see proc(5)


def _overwrite_original() -> None:
    """The kernel shows the environment a process was started with; blank the secrets there."""
    start, end = _original()
    offset = start
    for entry in ctypes.string_at(start, end - start).split(b"\0"):
        name, found, value = entry.partition(b"=")
        if found and is_secret(os.fsdecode(name)):
            ctypes.memset(offset + len(name) + 1, 0, len(value))
        offset += len(entry) + 1
