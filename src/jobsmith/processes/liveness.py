"""Signs of life that need no database: locks held in ``home/run``."""

import fcntl
import os
from pathlib import Path


def lock_path(home: Path, worker_id: object) -> Path:
    """The file that a living worker holds locked."""
    return home / "run" / f"worker-{worker_id}.lock"


def hold(path: Path) -> int:
    """Lock a file for as long as this process lives; returns the descriptor."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def is_held(path: Path) -> bool | None:
    """Whether a living process holds it; None when there is no such file on this machine."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        # Shared, so that two who look at once do not take each other for the worker.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
