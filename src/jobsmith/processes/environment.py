"""Which environment variables job processes may see."""

import ctypes
import os
import re
from contextlib import suppress
from pathlib import Path

SECRETS = frozenset({"DATABASE_URL", "SECRET_KEY", "DJANGO_SECRET_KEY", "PGPASSWORD"})
"""Needed to load the settings, and by nothing after that."""

_SECRET_NAME = re.compile(r"SECRET|PASSW|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_LONG = 8
"""Shorter values are words such as ``none``."""


def is_secret(name: str) -> bool:
    """Whether a variable holds a secret of the server rather than of a job."""
    ours = name.startswith("JOBSMITH_")
    return name in SECRETS or (ours and any(w in name for w in ("SECRET", "PASSWORD", "TOKEN")))


def secret_values() -> set[str]:
    """Values of this process's variables that a name gives away as secret.

    A job may need an ``…_API_TOKEN`` of its operator; its output need not show it.
    """
    named = {value for name, value in os.environ.items() if _SECRET_NAME.search(name)}
    return {value for value in named if len(value) >= _LONG}


def scrub() -> None:
    """Forget the secrets in this process, also where ``/proc/self/environ`` shows them."""
    for name in filter(is_secret, list(os.environ)):
        del os.environ[name]
    with suppress(OSError, IndexError, ValueError):
        _overwrite_original()


def _overwrite_original() -> None:
    """The kernel shows the environment a process was started with; blank the secrets there."""
    stat = Path("/proc/self/stat").read_bytes()
    fields = stat[stat.rindex(b")") + 2 :].split()
    start, end = int(fields[47]), int(fields[48])  # env_start and env_end, see proc(5)
    offset = start
    for entry in ctypes.string_at(start, end - start).split(b"\0"):
        name, found, value = entry.partition(b"=")
        if found and is_secret(os.fsdecode(name)):
            ctypes.memset(offset + len(name) + 1, 0, len(value))
        offset += len(entry) + 1
