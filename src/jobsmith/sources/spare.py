"""Folders for a while, below HOME: the system's own folder for that may lie in memory."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jobsmith.conf import conf

PREFIX = "spare-"


@contextmanager
def spare_folder() -> Iterator[str]:
    """An empty folder of our own, gone afterwards; where HOME takes none, the system's place."""
    home = _home()
    place = home if os.access(home, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place) as folder:
        yield folder


def spare_folders() -> list[Path]:
    """Those that there are on this machine, and our drafts in the system's place.

    Processes that were killed have left some of them. The same place holds what runs write, which
    has other names.
    """
    drafts = Path(tempfile.gettempdir()).glob("jobsmith-draft-*")
    found = (*_home().glob(f"{PREFIX}*"), *drafts)
    return [each for each in found if _is_ours(each)]


def _is_ours(folder: Path) -> bool:
    with suppress(OSError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return False


def _home() -> Path:
    folder = conf().home / "tmp"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
