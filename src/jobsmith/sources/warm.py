"""A child that has the code of one version loaded and answers one question at a time."""

import atexit
import json
import os
import selectors
import subprocess
import time
import weakref
from threading import Lock
from typing import Any

from jobsmith.conf import conf
from jobsmith.processes import capped
from jobsmith.processes.sandbox import Sandbox
from jobsmith.specs import JSON

CHILD = "jobsmith.sources.options_child"
START_SECONDS = 20
"""For the host's settings and apps, once per child."""
PATIENCE = 0.5
"""Given on top of the limit that the child itself keeps."""
MAX_LINE = 16 * 1024**2

Answer = dict[str, Any]
_NO_ANSWER: Answer = {"error": ""}
_BUSY: Answer = {"error": "It is busy with other questions: try again in a few seconds."}

_all: "weakref.WeakSet[WarmChild]" = weakref.WeakSet()


class ChildClosed(Exception):
    """Its place has been given to another version since: ask for a new one."""


class WarmChild:
    """Started at the first question; ended and started anew when it does not answer."""

    def __init__(
        self,
        *,
        root: str,
        packages: str,
        seconds: float,
        memory: int,
        sandbox: Sandbox | None = None,
    ) -> None:
        """``root`` is a tree, or "" for installed packages; ``packages`` what it asks for."""
        self._sandbox = sandbox
        self._start = {"root": root, "packages": packages, "seconds": seconds, "memory": memory}
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._is_ended = False
        """Whether the child closed its end."""
        self._is_closed = False
        self._lock = Lock()
        self._has_loaded: set[str] = set()
        _all.add(self)

    def ask(self, question: dict[str, JSON]) -> Answer:
        """The answer; with a key ``error`` instead of ``answer`` when there is none.

        Waits for questions of others as long as it would for its own. Raises ChildClosed.
        """
        if not self._lock.acquire(timeout=self._limit(question)):
            return _BUSY
        try:
            if self._is_closed:
                raise ChildClosed
            # A child that had died since the last question costs nobody an answer.
            return self._attempt(question) or self._attempt(question) or _NO_ANSWER
        finally:
            self._lock.release()
            self._end_if_closed()

    def _attempt(self, question: dict[str, JSON]) -> Answer | None:
        """The answer; None when the child is dead. One that is late is ended, and that is all."""
        if not self._is_alive() and not self._begin():
            return _NO_ANSWER
        answer = self._converse(question, self._limit(question))
        if answer is None:
            is_late = not self._is_ended
            self._end()
            return _NO_ANSWER if is_late else None
        self._has_loaded.add(str(question["job"]))
        return answer

    def close(self) -> None:
        """End the child for good, without waiting for the question it is at: it ends after it."""
        self._is_closed = True
        self._end_if_closed()

    def _end_if_closed(self) -> None:
        """Whoever has the lock looks again once it has let go of it."""
        if self._is_closed and self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def _limit(self, question: dict[str, JSON]) -> float:
        """The first question about a job loads its module, for which there is more time."""
        loading = 0 if question["job"] in self._has_loaded else conf().inspect_seconds
        return self._seconds + PATIENCE + loading

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _begin(self) -> bool:
        self._end()
        root = conf().jobs_root
        without = [root] if root else []
        env = capped.surroundings(without=without)
        self._process = capped.start(CHILD, env=env, sandbox=self._sandbox)
        if self._converse(self._start, START_SECONDS) is None:
            self._end()
        return self._process is not None

    def _end(self) -> None:
        if self._process is not None:
            capped.end(self._process)
        self._process = None
        self._buffer = b""
        self._is_ended = False
        self._has_loaded.clear()

    def _converse(self, line: dict[str, Any], seconds: float) -> Answer | None:
        """Say a line and wait for one; None when none comes in time."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(json.dumps(line).encode() + b"\n")
            process.stdin.flush()
            answer = self._read_line(process.stdout.fileno(), time.monotonic() + seconds)
            return None if answer is None else dict(json.loads(answer))
        except BrokenPipeError:
            self._is_ended = True
        except (OSError, ValueError):
            pass
        return None

    def _read_line(self, number: int, deadline: float) -> bytes | None:
        with selectors.DefaultSelector() as selector:
            selector.register(number, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                left = deadline - time.monotonic()
                if left <= 0 or len(self._buffer) > MAX_LINE or not selector.select(left):
                    return None
                piece = os.read(number, 64 * 1024)
                if not piece:
                    self._is_ended = True
                    return None
                self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line


@atexit.register
def _close_all() -> None:
    for child in list(_all):
        child.close()
