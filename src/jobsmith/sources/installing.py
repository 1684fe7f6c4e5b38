"""Installs the packages of code versions in the background, for those who cannot wait for it."""

import time
from collections.abc import Collection
from pathlib import Path
from threading import Lock, Thread

from jobsmith.errors import CodeMissing, PackagesMissing, SourceBroken

from . import overlay, trees

AGAIN_SECONDS = 300
"""A version whose packages could not be installed is tried again for runs that come later."""

INSTALLING = "The packages that its code asks for are being installed."
"""What people are told meanwhile."""

_lock = Lock()
_ready: dict[str, str] = {}
"""The folder with the packages of a version, "" where it asks for none."""
_busy: set[str] = set()
_failed: dict[str, tuple[float, str]] = {}


def being_installed() -> set[str]:
    """Digests of the versions that this is done for now."""
    with _lock:
        return set(_busy)


def unready(digests: Collection[str], *, wait: bool = False) -> set[str]:
    """Of these versions the ones that lack packages here; from now on they are installed.

    One whose packages cannot be had counts as ready: `failure` tells the reason. With ``wait``
    they are installed before this returns.
    """
    lacking = {each for each in digests if _lacks(each)}
    for each in lacking:
        if wait:
            _install(each)
        else:
            Thread(target=_install, args=(each,), daemon=True).start()
    return set() if wait else being_installed() & set(digests)


def failure(digest: str) -> str:
    """Why the packages of that version could not be installed here, "" if they could."""
    with _lock:
        return _failed.get(digest, (0.0, ""))[1]


def _lacks(digest: str) -> bool:
    """Whether somebody has to begin now; whoever asks first is told so, and nobody else."""
    with _lock:
        failed_at, _ = _failed.get(digest, (0.0, ""))
        waits = failed_at and time.monotonic() < failed_at + AGAIN_SECONDS
        if digest in _busy or waits or _is_ready(digest):
            return False
        _busy.add(digest)
    try:
        _end(digest, folder=overlay.folder_for(trees.ensure(digest)))
    except PackagesMissing:
        return True
    except (CodeMissing, OSError):  # the run will tell
        _end(digest)
    return False


def _is_ready(digest: str) -> bool:
    """A folder that was there may have been cleared away since, as nobody used it."""
    folder = _ready.get(digest)
    return folder is not None and (not folder or Path(folder).is_dir())


def _install(digest: str) -> None:
    try:
        root = trees.ensure(digest)
        overlay.install(root)
        _end(digest, folder=overlay.folder_for(root))
    except (CodeMissing, PackagesMissing, SourceBroken, OSError) as error:
        _end(digest, failed=str(error))


def _end(digest: str, *, folder: str = "", failed: str = "") -> None:
    with _lock:
        _busy.discard(digest)
        _failed.pop(digest, None)
        if failed:
            _failed[digest] = (time.monotonic(), failed)
        else:
            _ready[digest] = folder
