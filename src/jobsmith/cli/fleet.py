"""Keep forked processes running: restart what crashes, pass on what they print, stop them all."""

import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

from jobsmith.processes.linux import adopt_orphans, die_with_parent, kill_below

from .printing import Printer

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
CALM = 30.0
"""Seconds a process must live to be forgiven for its earlier crashes."""
STOP_SECONDS = 10.0
TICK = 0.25
LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one process does."""

    name: str
    run: Callable[[], int]
    """Called in the child; returns its exit code."""
    lasts: bool = True
    """Whether its end, whatever the exit code, is a crash to recover from."""


@dataclass(slots=True, kw_only=True)
class Member:
    """A role and the process that fills it now."""

    role: Role
    pid: int = 0
    output: int = -1
    started_at: float = 0
    pause: float = FIRST_PAUSE
    start_at: float | None = None
    """When to start it (again); None while it runs or when it is done."""
    rest: bytes = b""
    """What it printed after its last line end."""


@dataclass(slots=True)
class Fleet:
    """Runs in one thread of the parent; nothing but forking happens there, so it cannot hang."""

    printer: Printer
    members: list[Member] = field(default_factory=list)
    stopping: int = 0
    """How many times it was asked to stop."""
    _selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)

    def start(self, roles: Iterable[Role]) -> None:
        """Take charge: from here on Ctrl-C and SIGTERM mean stop, and orphans come to us."""
        adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        for role in roles:
            self.add(role)

    def add(self, role: Role) -> None:
        """Start one more process."""
        member = Member(role=role)
        self.members.append(member)
        self._launch(member)

    def has(self, name: str) -> bool:
        """Whether a process of that role runs."""
        return any(each.pid and each.role.name == name for each in self.members)

    def watch(self, on_tick: Callable[[], None]) -> None:
        """Keep everything running, and call ``on_tick`` now and then, until asked to stop."""
        while not self.stopping:
            self._turn()
            self._start_due()
            on_tick()

    def stop(self) -> None:
        """End everything within `STOP_SECONDS`; a second request to stop ends it at once."""
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self._running() and time.monotonic() < deadline and self.stopping < 2:
            self._turn()
        self._signal_all(signal.SIGKILL)
        while self._running():
            self._turn()
        kill_below({os.getpid()})  # what a killed child left behind became ours
        self._reap()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping += 1

    def _running(self) -> list[Member]:
        return [each for each in self.members if each.pid]

    def _signal_all(self, number: signal.Signals) -> None:
        for member in self._running():
            with suppress(ProcessLookupError):
                os.kill(member.pid, number)

    def _turn(self) -> None:
        for key, _events in self._selector.select(TICK):
            self._read(key.data)
        self._reap()

    def _start_due(self) -> None:
        now = time.monotonic()
        for member in self.members:
            if member.start_at is not None and member.start_at <= now and not self.stopping:
                self._launch(member)

    def _launch(self, member: Member) -> None:
        reader, writer = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _become(member.role, parent, writer)
        os.close(writer)
        os.set_blocking(reader, False)
        with suppress(PermissionError):
            os.setpgid(pid, pid)  # both sides do it: whoever is first
        member.pid, member.output, member.start_at = pid, reader, None
        member.started_at = time.monotonic()
        self._selector.register(reader, selectors.EVENT_READ, member)

    def _read(self, member: Member) -> None:
        try:
            chunk = os.read(member.output, 65536)
        except BlockingIOError:
            return
        if not chunk:
            self._close_output(member)
            return
        *lines, member.rest = (member.rest + chunk).split(b"\n")
        if len(member.rest) > LONGEST_LINE:
            lines, member.rest = [*lines, member.rest], b""
        for line in lines:
            self.printer.line(member.role.name, line)

    def _close_output(self, member: Member) -> None:
        if member.output < 0:
            return
        self._selector.unregister(member.output)
        os.close(member.output)
        if member.rest:
            self.printer.line(member.role.name, member.rest)
        member.output, member.rest = -1, b""

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                for member in self._running():
                    if member.pid == found[0]:
                        self._ended(member, os.waitstatus_to_exitcode(found[1]))

    def _ended(self, member: Member, code: int) -> None:
        self._read_rest(member)
        member.pid = 0
        if self.stopping:
            return
        if not member.role.lasts:
            self.members.remove(member)
            return
        calm = time.monotonic() - member.started_at > CALM
        member.pause = FIRST_PAUSE if calm else min(member.pause * 2, LONGEST_PAUSE)
        member.start_at = time.monotonic() + member.pause
        self.printer.line(
            "up",
            f"{member.role.name} ended ({_how(code)}); it starts again in {member.pause:.0f} s",
        )

    def _read_rest(self, member: Member) -> None:
        """Take what is in the pipe; a grandchild may hold it open, so do not wait for its end."""
        while member.output >= 0:
            before = member.rest
            self._read(member)
            if member.rest == before:
                break
        self._close_output(member)


def _become(role: Role, parent: int, output: int) -> NoReturn:
    """Be the child: own process group, so that Ctrl-C reaches only the parent, which tells us."""
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent(parent)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        code = role.run()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
