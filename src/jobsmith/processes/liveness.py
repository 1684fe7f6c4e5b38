"""Signs of life that need no database: locks held in ``home/run``."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

_PREFIX, _SUFFIX = "worker-", ".lock"


def lock_path(home: Path, worker_id: object) -> Path:
    """The file that a living worker holds locked."""
    return home / "run" / f"{_PREFIX}{worker_id}{_SUFFIX}"


def hold(path: Path) -> int:
    """Lock a file for as long as this process lives; returns the descriptor."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_there(path, descriptor):
            return descriptor
        os.close(descriptor)  # it was removed as left behind before we had locked it


def is_held(path: Path) -> bool | None:
    """Whether a living process holds it; None when there is no such file here that is ours."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def dead_workers(home: Path) -> list[str]:
    """Ids of the workers of this machine that died or left and whose lock file is still there."""
    paths = (home / "run").glob(f"{_PREFIX}*{_SUFFIX}")
    return [_worker_id(path) for path in sorted(paths) if is_held(path) is False]


def remove_unheld(path: Path) -> bool:
    """Remove a lock file, but never one that a process holds; tell whether this call did it."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_there(path, descriptor):
                path.unlink()
                return True
        finally:
            os.close(descriptor)
    return False


def _worker_id(path: Path) -> str:
    return path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the path still names the file that the descriptor has open."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
