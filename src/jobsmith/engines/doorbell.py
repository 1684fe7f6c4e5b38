"""Wakes the workers of this machine: there is something to take, or somebody to cancel."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from jobsmith.conf import conf
from jobsmith.processes.liveness import is_held, lock_path

_PREFIX = "bell-"


def ring() -> None:
    """Wake every worker of this home folder; never waits, never fails."""
    with suppress(OSError), _Folder(_folder()) as folder:
        for name in os.listdir(_folder()):
            if name.startswith(_PREFIX):
                folder.ring(name)


def hang(worker_id: object) -> socket.socket:
    """A worker's bell: readable when somebody rang."""
    path = _folder()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.setblocking(False)
    with _Folder(path) as folder:
        bell.bind(folder.address(_name(worker_id)))
    return bell


def take_down(worker_id: object) -> None:
    """Remove a worker's bell."""
    (_folder() / _name(worker_id)).unlink(missing_ok=True)


def take_down_stale() -> None:
    """Remove bells of this machine whose worker is gone; a living one locked its file before."""
    for bell in _folder().glob(f"{_PREFIX}*"):
        worker_id = bell.name.removeprefix(_PREFIX)
        lock = lock_path(conf().home, worker_id)
        if not lock.exists() or is_held(lock) is False:
            take_down(worker_id)


class _Folder:
    """Socket paths may have 107 characters only, so they are named by an open folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "_Folder":
        self._descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        os.close(self._descriptor)

    def address(self, name: str) -> str:
        short = str(self._path / name)
        return short if len(short) < 100 else f"/proc/self/fd/{self._descriptor}/{name}"

    def ring(self, name: str) -> None:
        with suppress(OSError):  # full is rung already; refused is a worker that died
            self._socket.sendto(b"!", self.address(name))


def _folder() -> Path:
    return conf().home / "run"


def _name(worker_id: object) -> str:
    return f"{_PREFIX}{worker_id}"
