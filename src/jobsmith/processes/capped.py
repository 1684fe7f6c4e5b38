"""Throw-away children with a time and a memory cap.

A capped program is started by exec, so that it holds nothing of the process that asks. Inside it,
`run_all` forks the children that author code may enter.
"""

import faulthandler
import os
import re
import select
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from . import confine, environment, linux
from .sandbox import Sandbox

MAX_OUTPUT = 32 * 1024**2
PIECE = 64 * 1024
LOOK_SECONDS = 0.1
STACK_BEFORE = 0.25
"""Seconds before its end at which a child that still runs notes where it is."""
_FRAME = re.compile(r'File "([^"]+)", line (\d+)')

Work = Callable[[BinaryIO], None]
"""What a forked child does; it writes its answer to the stream."""


def python() -> str:
    """The interpreter, also where Python is embedded in a server program."""
    if "python" in Path(sys.executable or "").name:
        return sys.executable
    return str(Path(sys.prefix) / "bin" / "python3")


def command(module: str) -> list[str]:
    """How to start a module of ours; the current folder is not on its path."""
    return [python(), "-P", "-m", module]


def surroundings(*, without: Sequence[Path] = ()) -> dict[str, str]:
    """The environment for such a program: our import path, less folders of job code."""
    paths = [os.path.abspath(each) for each in sys.path]
    kept = [each for each in paths if Path(each) not in without]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(kept))}


def start(
    module: str, *, env: Mapping[str, str], sandbox: Sandbox | None = None
) -> "subprocess.Popen[bytes]":
    """Start a module of ours that reads its stdin and answers on its stdout."""
    words, more = command(module), dict[str, Any]()
    if sandbox:
        words, env, more = sandbox.command(words), sandbox.environment(env), sandbox.start_as()
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(env),
        start_new_session=True,
        **more,
    )


def call(
    module: str,
    request: bytes,
    *,
    env: Mapping[str, str],
    seconds: float,
    sandbox: Sandbox | None = None,
) -> bytes | None:
    """Start a module of ours, hand it the request, return what it prints; None if it failed."""
    child = start(module, env=env, sandbox=sandbox)
    try:
        output, _ = child.communicate(request, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end(child)
    return output if child.returncode == 0 else None


class Aside:
    """A module of ours that works while the caller does other things.

    Request and answer must fit into a pipe, 64 KiB, so that nobody waits for the other.
    """

    def __init__(
        self, module: str, request: bytes, *, env: Mapping[str, str], seconds: float
    ) -> None:
        """Start it and hand it the request; it is ended after ``seconds``."""
        self._child = start(module, env=env)
        self._deadline = time.monotonic() + seconds
        assert self._child.stdin is not None  # noqa: S101 - a pipe
        with suppress(BrokenPipeError):
            self._child.stdin.write(request)
            self._child.stdin.close()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or its time has."""
        return self._child.poll() is not None or time.monotonic() >= self._deadline

    def output(self) -> bytes | None:
        """What it printed, once it is over; None if it failed or took too long."""
        assert self._child.stdout is not None  # noqa: S101 - a pipe
        try:
            return self._child.stdout.read() if self._child.poll() == 0 else None
        finally:
            end(self._child)

    def end(self) -> None:
        """End it at once."""
        end(self._child)


def end(child: "subprocess.Popen[bytes]") -> None:
    """End the program and all below it."""
    linux.kill_below({child.pid})
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    child.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a forked child ended."""

    output: bytes
    cause: str
    """"" when it ended by itself with success."""
    stack: tuple[tuple[str, int], ...] = ()
    """File and line of the frames it was in when it crashed or ran out of time, innermost first."""


def run_all(
    works: Iterable[Work], *, limits: confine.Limits, seconds: float, width: int = 1
) -> list[Ended]:
    """Do each piece of work in a forked child of its own, ``width`` at a time, in order."""
    waiting = list(enumerate(works))
    running: list[_Forked] = []
    ended: dict[int, Ended] = {}
    while waiting or running:
        while waiting and len(running) < width:
            number, work = waiting.pop(0)
            running.append(_fork(number, work, limits, seconds))
        for child in _wait(running):
            running.remove(child)
            ended[child.number] = child.bury()
    return [ended[number] for number in sorted(ended)]


@dataclass(slots=True, eq=False)
class _Forked:
    number: int
    pid: int
    pipe: int
    stacks: IO[bytes]
    seconds: float
    deadline: float
    output: bytearray = field(default_factory=bytearray)
    overrun: str = ""

    def read(self) -> bool:
        """Take what is there; tell whether that was the end."""
        try:
            piece = os.read(self.pipe, PIECE)
        except BlockingIOError:
            return False
        self.output += piece
        if len(self.output) > MAX_OUTPUT:
            self.overrun = "said too much"
        return not piece or bool(self.overrun)

    def has_left(self) -> bool:
        """Whether it is dead; what it left behind may hold the pipe open."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self.pid, flags) is None:
            return False
        while not self.read() and self.has_more():
            pass
        return True

    def has_more(self) -> bool:
        """Whether the pipe holds something now."""
        return bool(select.select([self.pipe], [], [], 0)[0])

    def is_late(self) -> bool:
        """Whether its time is up."""
        if time.monotonic() >= self.deadline:
            self.overrun = f"took longer than {self.seconds:g} s"
        return bool(self.overrun)

    def bury(self) -> Ended:
        """End it and what it left behind."""
        if self.overrun:
            linux.kill_below({self.pid})
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pipe)
        self.stacks.seek(0)
        stack = _FRAME.findall(self.stacks.read(PIECE).decode(errors="replace"))
        self.stacks.close()
        return Ended(
            output=bytes(self.output),
            cause=self.overrun or _cause(os.waitstatus_to_exitcode(status)),
            stack=tuple((file, int(line)) for file, line in stack),
        )


def _cause(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"left with exit code {code}" if code else ""


def _wait(running: Sequence[_Forked]) -> list[_Forked]:
    """Wait until some children are through; the pipe's end counts, the deadline too."""
    with selectors.DefaultSelector() as selector:
        for child in running:
            selector.register(child.pipe, selectors.EVENT_READ, child)
        left = min(child.deadline for child in running) - time.monotonic()
        ready = selector.select(min(max(0.0, left), LOOK_SECONDS))
        through = [key.data for key, _ in ready if key.data.read()]
    others = [each for each in running if each not in through]
    return through + [each for each in others if each.has_left() or each.is_late()]


def _fork(number: int, work: Work, limits: confine.Limits, seconds: float) -> _Forked:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    stacks = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the child is buried
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _be_child(work, writer, stacks, limits, parent, seconds)
    os.close(writer)
    return _Forked(number, pid, reader, stacks, seconds, time.monotonic() + seconds)


def _be_child(
    work: Work,
    writer: int,
    stacks: IO[bytes],
    limits: confine.Limits,
    parent: int,
    seconds: float,
) -> None:
    code = 1
    try:
        os.setsid()
        _close_standard_streams()
        _close_others(writer, stacks.fileno())
        environment.scrub()
        confine.plain_signals()
        confine.confine(limits, parent=parent)
        faulthandler.enable(stacks)
        faulthandler.dump_traceback_later(max(0.05, seconds - STACK_BEFORE), file=stacks)
        sys.dont_write_bytecode = True
        with open(writer, "wb") as stream:
            work(stream)
        code = 0
    finally:
        # Nothing of the parent's may run here: no exit handlers, no flushing.
        os._exit(code)


def _close_others(*kept: int) -> None:
    """Author code may not speak on channels of the process that it was forked from."""
    before = 2
    for number in sorted(kept):
        os.closerange(before + 1, number)
        before = number
    os.closerange(before + 1, os.sysconf("SC_OPEN_MAX"))


def _close_standard_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    os.close(null)
