"""Installs the packages of code versions in the background, for those who cannot wait for it."""

import time
from collections.abc import Collection
from threading import Lock, Thread

from jobsmith.errors import CodeMissing, PackagesMissing, SourceBroken

from . import overlay, trees

AGAIN_SECONDS = 300
"""A version whose packages could not be installed is tried again for runs that come later."""

INSTALLING = "The packages that its code asks for are being installed."
"""What people are told meanwhile."""

_lock = Lock()
_ready: set[str] = set()
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
        if digest in _ready | _busy or (failed_at and time.monotonic() < failed_at + AGAIN_SECONDS):
            return False
        _busy.add(digest)
    if _has_all(digest):
        _end(digest)
        return False
    return True


def _has_all(digest: str) -> bool:
    try:
        return overlay.is_there(trees.ensure(digest))
    except (CodeMissing, OSError):  # the run will tell
        return True


def _install(digest: str) -> None:
    failed = ""
    try:
        overlay.install(trees.ensure(digest))
    except (CodeMissing, PackagesMissing, SourceBroken, OSError) as error:
        failed = str(error)
    _end(digest, failed)


def _end(digest: str, failed: str = "") -> None:
    with _lock:
        _busy.discard(digest)
        _failed.pop(digest, None)
        if failed:
            _failed[digest] = (time.monotonic(), failed)
        else:
            _ready.add(digest)
