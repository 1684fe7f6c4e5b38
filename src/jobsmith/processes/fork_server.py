"""The process that starts, signals and buries the processes of runs, and nothing else.

It has one thread, no database and no job code. Forked children start in milliseconds because
everything but the job is loaded; where forking is not safe, children are started afresh by the
same server. It adopts whatever a run leaves behind and ends it. When its control socket closes
it kills all it ever started.
"""

import array
import fcntl
import json
import math
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import cgroup, linux
from .confine import WAITING, Limits, confine, plain_signals

CHANNELS = 3
"""File descriptors that come with a launch: frames, stdout, stderr."""
MOST_FILES = 16
"""Open files that may come with it, beside those."""
FIRST_FILE = 4
"""Number of the first of these in a child that is started afresh; frames come before it."""
PROGRAM = "jobsmith.runner"
_MAX_PACKET = 64 * 1024
_WATCH_SECONDS = 0.5
PROCESSES, MEMORY, TIME, HOLD = "processes", "memory", "time", "hold"
"""What a run may have had too much of; told with its end."""

ChildMain = Callable[[int, Sequence[int]], None]
"""What a forked child does with its frame descriptor and files; never returns normally."""


@dataclass(slots=True)
class _Child:
    key: str
    group: cgroup.Group | None
    due: float = math.inf
    """When it is ended whatever its supervisor does, who may be busy."""
    held_until: float = math.inf
    """When it is ended because its supervisor may have lost it to another one."""
    over: str = ""


@dataclass(slots=True)
class ForkServer:
    """Serves one supervisor over a packet socket until it closes."""

    control: socket.socket
    limits: Limits
    child_main: ChildMain | None
    """None starts children afresh, as programs."""
    note: str = ""
    _children: dict[int, _Child] = field(default_factory=dict)
    _groups: Path | None = None
    _woken: int = -1
    _watch_at: float = 0.0
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def serve(self) -> None:
        """Work until the supervisor is gone; then end every child."""
        linux.adopt_orphans()
        wanted = self.limits.processes and self.limits.control_groups
        self._groups = cgroup.find_root() if wanted else None
        self._listen()
        self._say(ready=True, method="fork" if self.child_main else "spawn", note=self.note)
        try:
            while self._turn():
                pass
        finally:
            self._end_all()

    def _listen(self) -> None:
        self._woken, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITING)  # so does each fork from its first moment
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(self.control, selectors.EVENT_READ)

    def _turn(self) -> bool:
        """One round; False when the supervisor is gone."""
        for key, _ in self._selector.select(_WATCH_SECONDS if self._children else None):
            if key.fd == self._woken:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            elif not self._obey():
                return False
        self._bury()
        if self._children and time.monotonic() >= self._watch_at:
            self._watch_at = time.monotonic() + _WATCH_SECONDS
            self._watch()
        return True

    def _obey(self) -> bool:
        data, descriptors = _receive(self.control)
        if not data:
            return False
        order = json.loads(data)
        if order["do"] == "launch":
            self._launch(order["key"], order["seconds"], descriptors)
        elif order["do"] == "bound":
            self._bound(order["key"], order["seconds"])
        elif order["do"] == "hold":
            self._hold(order["key"], order["seconds"])
        elif order["do"] == "signal":
            self._signal(order["key"], order["signal"])
        return True

    def _launch(self, key: str, seconds: float, descriptors: list[int]) -> None:
        try:
            group = self._group(key)
            pid = self._fork(group, descriptors) if self.child_main else self._spawn(descriptors)
        except OSError as error:
            self._say(key=key, failed=f"{error.strerror}")
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        if group is not None and self.child_main is None:
            with suppress(OSError):
                (group.path / "cgroup.procs").write_text(str(pid))
        due = time.monotonic() + (seconds or math.inf)
        self._children[pid] = _Child(key, group, due)
        self._say(key=key, pid=pid)

    def _group(self, key: str) -> cgroup.Group | None:
        if self._groups is None:
            return None
        try:
            return cgroup.Group(self._groups, key, self.limits.processes, self.limits.memory)
        except OSError:
            self._groups = None  # from now on the watcher counts
            return None

    def _fork(self, group: cgroup.Group | None, descriptors: list[int]) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        try:
            self._become_child(group, descriptors, parent)
        finally:
            os._exit(1)

    def _become_child(
        self, group: cgroup.Group | None, descriptors: list[int], parent: int
    ) -> None:
        plain_signals()
        os.setsid()
        self._selector.close()
        self.control.close()
        frames, out, err, *files = descriptors
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        if group is not None:
            with suppress(OSError):
                group.join()
        confine(self.limits, parent=parent)
        if self.child_main is not None:
            self.child_main(frames, files)

    def _spawn(self, descriptors: list[int]) -> int:
        words = [json.dumps(self.limits.to_json()), str(os.getpid())]
        argv = [sys.executable, "-m", PROGRAM, "child", *words]
        environ = os.environ | {"JOBSMITH_SYS_PATH": json.dumps(sys.path)}
        targets = [
            FIRST_FILE - 1,
            1,
            2,
            *range(FIRST_FILE, FIRST_FILE + len(descriptors) - CHANNELS),
        ]
        actions = [
            (os.POSIX_SPAWN_DUP2, descriptor, target)
            for descriptor, target in zip(_lift(descriptors), targets, strict=True)
        ]
        try:
            return os.posix_spawn(
                argv[0], argv, environ, file_actions=actions, setsid=True, setsigmask=WAITING
            )
        finally:
            for _, lifted, _ in actions:
                os.close(lifted)

    def _bound(self, key: str, seconds: float) -> None:
        for child in self._children.values():
            if child.key == key:
                child.due = time.monotonic() + seconds

    def _hold(self, key: str, seconds: float) -> None:
        for child in self._children.values():
            if child.key == key:
                child.held_until = time.monotonic() + seconds

    def _signal(self, key: str, number: int) -> None:
        for pid, child in self._children.items():
            if child.key == key:
                with suppress(ProcessLookupError, PermissionError):
                    if number == signal.SIGKILL:
                        os.killpg(pid, number)
                    os.kill(pid, number)

    def _bury(self) -> None:
        """Collect the dead, and what the runs among them left running."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if child := self._children.pop(pid, None):
                self._sweep(child, status)

    def _sweep(self, child: _Child, status: int) -> None:
        if child.group is None:
            left = self._kill_strangers()
        else:
            child.over = child.over or _over_in(child.group)
            left = child.group.kill_all()
            child.group.remove()
        self._say(key=child.key, status=status, left=left, over=child.over)

    def _kill_strangers(self) -> int:
        """End every process below us that is not below a living run: a dead run left it."""
        me, killed = os.getpid(), 0
        while True:
            strangers = {
                pid
                for pid, parent in linux.parents().items()
                if parent == me and pid not in self._children
            }
            if not strangers:
                return killed
            killed += linux.kill_below(strangers) + len(strangers)
            for pid in strangers:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in strangers:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _watch(self) -> None:
        """End what takes more than it may, where nothing else sees to it."""
        parents = {} if self._groups else linux.parents()
        for pid, child in self._children.items():
            child.over = child.over or self._over(pid, child, parents)
            if child.over:
                linux.kill_below({pid})
                self._signal(child.key, signal.SIGKILL)

    def _over(self, pid: int, child: _Child, parents: dict[int, int]) -> str:
        if time.monotonic() >= child.due:
            return TIME
        if time.monotonic() >= child.held_until:
            return HOLD
        if child.group is None:
            members = linux.below({pid}, parents) | {pid}
            if 0 < self.limits.processes < len(members):
                return PROCESSES
        else:
            members = child.group.members()
        if self.limits.memory and linux.hold_more(members, self.limits.memory):
            return MEMORY
        return ""

    def _end_all(self) -> None:
        signal.set_wakeup_fd(-1)
        for child in list(self._children.values()):
            self._signal(child.key, signal.SIGKILL)
        for pid, child in self._children.items():
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
            if child.group is not None:
                child.group.kill_all()
                child.group.remove()
        self._children.clear()
        self._kill_strangers()

    def _say(self, **message: Any) -> None:
        with suppress(OSError):  # the supervisor is gone; the next read tells
            self.control.sendall(json.dumps(message).encode())


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    size, most = array.array("i").itemsize, CHANNELS + MOST_FILES
    try:
        data, ancillary, _, _ = control.recvmsg(_MAX_PACKET, socket.CMSG_LEN(most * size))
    except ConnectionError:
        return b"", []
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % size])
    return data, list(descriptors)


def _over_in(group: cgroup.Group) -> str:
    if group.hit_limit():
        return PROCESSES
    return MEMORY if group.ran_out_of_memory() else ""


def _lift(descriptors: list[int]) -> list[int]:
    """Copies far above the numbers that they are to have in the child."""
    return [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 64) for each in descriptors]
