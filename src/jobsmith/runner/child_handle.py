"""The running job's way out: frames to the supervisor, and signals that come the other way."""

import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from jobsmith.jobs import SoftTimeLimitExceeded
from jobsmith.jobs.theirs import also_theirs
from jobsmith.processes import frames
from jobsmith.processes.confine import WAITING
from jobsmith.processes.frames import Kind

from .start import Start

MAX_MESSAGE_CHARS = 512 * 1024
MAX_NAME_CHARS = 4096
"""The supervisor redacts before it cuts, so it gets more than it will keep."""
FILE_PIECE = frames.MAX_PAYLOAD - 16


class CancelRequested(BaseException):
    """The run was cancelled; not an Exception, so that ``except Exception`` lets it pass."""


class ChildHandle:
    """`jobs.handle.Handle` over the frame socket."""

    def __init__(self, sock: socket.socket, start: Start) -> None:
        self.result_id = start.result_id
        self.page = start.page
        self.user_id = start.user_id
        self.job_id = start.job_id
        self.job_page = start.job_page
        self.source_version = start.source_version
        self.attempt = start.attempt
        self.retry_on = frozenset(start.retry_on)
        self._sock = sock
        self._lock = threading.Lock()
        self._cancelled = False
        self._asks_itself = False
        self.heard = False
        """Whether the job has learned that it is to stop."""
        self._sending = False
        self._pending: BaseException | None = None
        os.register_at_fork(after_in_child=self._after_fork)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the run to stop. A job that asks is not interrupted."""
        self._asks_itself = True
        self.heard = self.heard or self._cancelled
        return self._cancelled

    def log(
        self, *, level: str, message: str, grouping: str, obj: str, url: str, created: float
    ) -> None:
        """Record one log line."""
        names = (each[:MAX_NAME_CHARS] for each in (grouping, obj, url))
        line = [level, message[:MAX_MESSAGE_CHARS], *names, created]
        self.send(Kind.LOG, frames.to_json(line))

    def progress(self, done: float, total: float | None, text: str) -> None:
        """Record how far the run has come."""
        self.send(Kind.PROGRESS, frames.to_json([done, total, text[:MAX_NAME_CHARS]]))

    def open_file(self, name: str, content_type: str = "") -> "ChildFile":
        """Start a file of the run."""
        return ChildFile(self, name, content_type)

    def send(self, kind: Kind, payload: bytes) -> None:
        """Send a message whole: a signal that wants to raise waits until it is out."""
        with self._undisturbed(), self._lock:
            frames.send(self._sock, kind, payload, os.getpid())

    def listen_to_signals(self) -> None:
        """From now on the soft limit and a cancel reach the job."""
        signal.signal(signal.SIGUSR1, self._on_soft_limit)
        signal.signal(signal.SIGTERM, self._on_cancel)
        self.send(Kind.READY, b"")
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITING)

    def ignore_signals(self) -> None:
        """The job has ended: nothing may interrupt what tells so."""
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def _on_soft_limit(self, _number: int, _frame: FrameType | None) -> None:
        self._raise(also_theirs(SoftTimeLimitExceeded, "billiard.exceptions")())

    def _on_cancel(self, _number: int, _frame: FrameType | None) -> None:
        self._cancelled = True
        if not self._asks_itself:
            self.heard = True
            self._raise(CancelRequested("The run was cancelled."))

    def _raise(self, error: BaseException) -> None:
        if self._sending:
            self._pending = error
        else:
            raise error

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._sending = True
        try:
            yield
        finally:
            self._sending = False
            pending, self._pending = self._pending, None
        if pending is not None:
            raise pending

    def _after_fork(self) -> None:
        """A forked copy of the job may log; another thread of the first may have held the lock."""
        self._lock = threading.Lock()
        self._sending = False


class ChildFile:
    """A file of the run being written."""

    def __init__(self, handle: ChildHandle, name: str, content_type: str) -> None:
        self._handle = handle
        self._id = uuid.uuid4()
        self._closed = False
        self.name = name
        self.url = f"{handle.page}files/{self._id}/"
        opened = {"id": self._id.hex, "name": name, "content_type": content_type}
        handle.send(Kind.FILE_OPEN, frames.to_json(opened))

    def write(self, data: bytes, /) -> int:
        """Add bytes."""
        view = memoryview(data).cast("B")
        for start in range(0, len(view), FILE_PIECE):
            piece = bytes(view[start : start + FILE_PIECE])
            self._handle.send(Kind.FILE_DATA, self._id.bytes + piece)
        return len(view)

    def close(self) -> None:
        """Publish the file."""
        if not self._closed:
            self._closed = True
            self._handle.send(Kind.FILE_CLOSE, self._id.bytes)
