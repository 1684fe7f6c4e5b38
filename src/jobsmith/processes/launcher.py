"""The supervisor's end of a fork server."""

import array
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from . import cgroup, environment, linux
from .confine import Limits
from .fork_server import PROGRAM
from .sandbox import Sandbox

MARKER = "JOBSMITH_WORKER"
"""Environment variable by which leftovers of a dead worker are known."""
_MAX_PACKET = 64 * 1024
_START_SECONDS = 60.0

ServerMain = Callable[[socket.socket, Limits, str], None]


class ServerGone(Exception):
    """The fork server died."""


class Launcher:
    """A running fork server; its socket is readable when there is news of runs."""

    def __init__(self, control: socket.socket, pid: int, marker: str, *, wait: bool = True) -> None:
        """Without ``wait``, orders may be given at once, and `is_ready` tells when it is."""
        self.control = control
        self.pid = pid
        self._marker = marker
        self._stands_alone = not wait
        self.is_ready = False
        self.method = self.note = ""
        if wait:
            self._note_ready(self._wait_ready())
        control.setblocking(False)

    @classmethod
    def by_exec(
        cls,
        limits: Limits,
        method: str,
        *,
        settings: str,
        worker: str,
        sandbox: Sandbox | None = None,
    ) -> "Launcher":
        """Start a fork server as a fresh program, in a sandbox without waiting for it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environ = os.environ | {
            MARKER: worker,
            "DJANGO_SETTINGS_MODULE": settings,
            "JOBSMITH_SYS_PATH": json.dumps(sys.path),
        }
        words = [str(theirs.fileno()), json.dumps(limits.to_json()), method]
        command = [sys.executable, "-m", PROGRAM, "server", *words]
        more: dict[str, Any] = {}
        if sandbox:
            command = sandbox.command([command[0], "-P", *command[1:]], dies_with_caller=True)
            environ, more = sandbox.environment(environ), sandbox.start_as()
        server = subprocess.Popen(  # noqa: S603 - our own module
            command,
            env=environ,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **more,
        )
        server.returncode = 0  # this object collects it, not Popen
        theirs.close()
        return cls(ours, server.pid, worker, wait=sandbox is None)

    @classmethod
    def by_fork(cls, main: ServerMain, limits: Limits, method: str, *, worker: str) -> "Launcher":
        """Start a fork server that shares all that this process has loaded.

        Only while this process has one thread and no database connection.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                os.setsid()
                environment.mark(MARKER, worker)
                main(theirs, limits, method)
            finally:
                os._exit(0)
        theirs.close()
        return cls(ours, pid, worker)

    def launch(self, key: str, descriptors: Sequence[int], *, seconds: float = 0) -> None:
        """Start a child with these descriptors for frames, stdout and stderr.

        After so many seconds it is ended without a further word; 0 means never.
        """
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        self._send({"do": "launch", "key": key, "seconds": seconds}, rights)

    def bound(self, key: str, seconds: float) -> None:
        """From now on, it is so many seconds."""
        self._send({"do": "bound", "key": key, "seconds": seconds})

    def hold(self, key: str, seconds: float) -> None:
        """It is ended after so many seconds, unless this is said again before."""
        self._send({"do": "hold", "key": key, "seconds": seconds})

    def signal(self, key: str, number: int) -> None:
        """Signal a run; SIGKILL goes to its whole process group."""
        self._send({"do": "signal", "key": key, "signal": number})

    def events(self) -> list[dict[str, Any]]:
        """What happened since the last call; raises ServerGone."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                data = self.control.recv(_MAX_PACKET)
            except BlockingIOError:
                return found
            except ConnectionError as error:
                raise ServerGone from error
            if not data:
                raise ServerGone
            found.append(json.loads(data))
            if "ready" in found[-1]:
                self._note_ready(found[-1])

    def close(self, patience: float = 5.0) -> None:
        """End the server and all it started."""
        self.control.close()
        give_up_at = time.monotonic() + patience
        with suppress(ChildProcessError):
            while not os.waitpid(self.pid, os.WNOHANG)[0]:
                if time.monotonic() > give_up_at:
                    os.kill(self.pid, signal.SIGKILL)
                time.sleep(0.005)

    def clean_up_after(self, keys: Sequence[str]) -> None:
        """End what a dead server's runs left behind; all that is in a sandbox ends with it."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.close()
        if self._stands_alone:
            return
        end_leftovers(self._marker, keys)

    def _send(self, order: dict[str, Any], rights: Sequence[Any] = ()) -> None:
        self.control.setblocking(True)
        try:
            self.control.sendmsg([json.dumps(order).encode()], rights)
        except OSError as error:
            raise ServerGone from error
        finally:
            self.control.setblocking(False)

    def _note_ready(self, told: dict[str, Any]) -> None:
        self.is_ready, self.method, self.note = True, told["method"], told["note"]

    def _wait_ready(self) -> dict[str, Any]:
        self.control.settimeout(_START_SECONDS)
        try:
            data = self.control.recv(_MAX_PACKET)
        except OSError as error:
            raise ServerGone("The process that starts runs did not come up.") from error
        if not data:
            raise ServerGone("The process that starts runs ended while it started.")
        return dict(json.loads(data))


def end_leftovers(worker: str, keys: Sequence[str]) -> None:
    """Kill processes of a dead worker's runs that outlived it."""
    linux.kill_marked(f"{MARKER}={worker}".encode())
    root = cgroup.find_root()
    if root is None:
        return
    for key in keys:
        if (root / cgroup.folder_name(key)).is_dir():
            group = cgroup.Group(root, key, 0)
            group.kill_all()
            group.remove()
