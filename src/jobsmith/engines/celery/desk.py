"""Between the threads that hear hints and the one that takes rows."""

import socket
from contextlib import suppress
from threading import Condition

from jobsmith.runner.supervisor import Supervisor


class Desk:
    """Wakes the supervisor, and lets a hint go once there was a free slot for it."""

    def __init__(self) -> None:
        self.bell, self._rope = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bell.setblocking(False)
        self._rope.setblocking(False)
        self._turned = Condition()
        self._turns = 0
        self._is_closed = False

    def look(self) -> None:
        """Let the supervisor look at the rows now."""
        with suppress(OSError):  # full is rung already
            self._rope.send(b"!")

    def look_and_wait(self) -> None:
        """The same; returns when it has looked and still has a free slot."""
        with self._turned:
            turn = self._turns
            self.look()
            self._turned.wait_for(lambda: self._is_closed or self._turns > turn)

    def turn(self, supervisor: Supervisor) -> None:
        """Called by the supervisor's thread after each of its rounds."""
        if not supervisor.is_full:
            with self._turned:
                self._turns += 1
                self._turned.notify_all()

    def close(self) -> None:
        """Nobody will look any more."""
        with self._turned:
            self._is_closed = True
            self._turned.notify_all()


desk = Desk()
"""A worker process has one supervisor."""
