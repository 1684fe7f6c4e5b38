"""The few Linux calls that Python has no name for, and reading the process table."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies; leave at once if it already did."""
    if IS_LINUX:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Make orphaned descendants children of this process, not of init."""
    if IS_LINUX:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def parents() -> dict[int, int]:
    """Every process and its parent; empty where there is no ``/proc``."""
    return dict(_table())


def _table() -> Iterator[tuple[int, int]]:
    try:
        names = os.listdir(_PROC)
    except FileNotFoundError:
        return
    for name in names:
        if name.isdecimal():
            with suppress(OSError, IndexError, ValueError):
                stat = (_PROC / name / "stat").read_bytes()
                fields = stat[stat.rindex(b")") + 2 :].split()
                if fields[0] not in (b"Z", b"X"):
                    yield int(name), int(fields[1])


def descendants(roots: set[int]) -> set[int]:
    """All living processes below the roots, without the roots."""
    return below(roots, parents())


def below(roots: set[int], table: dict[int, int]) -> set[int]:
    """The same, by a table of `parents`."""
    found: set[int] = set()
    wave = roots
    while wave:
        wave = {pid for pid, parent in table.items() if parent in wave} - found - roots
        found |= wave
    return found


def kill_below(roots: set[int]) -> int:
    """Kill all descendants of the roots, however fast they fork; return how many there were.

    They are stopped first: a stopped process forks no more, so the set becomes complete.
    """
    stopped: set[int] = set()
    while fresh := descendants(roots) - stopped:
        for pid in fresh:
            _signal(pid, signal.SIGSTOP)
        stopped |= fresh
    for pid in stopped:
        _signal(pid, signal.SIGKILL)
    return len(stopped)


def hold_more(pids: Iterable[int], most: int) -> bool:
    """Whether processes hold more than so many bytes of memory, what they share counted once."""
    pids = list(pids)
    if sum(map(_resident, pids)) <= most:
        return False  # what is shared was counted several times, and it is not too much yet
    return sum(map(_share, pids)) > most


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int((_PROC / str(pid) / "statm").read_bytes().split()[1]) * resource.getpagesize()
    return 0


def _share(pid: int) -> int:
    """Its memory, each shared page by its part; slow, as the kernel goes through all of it.

    Of processes that we may not look into it is 0: nobody is ended for memory that may be shared.
    """
    with suppress(OSError, IndexError, ValueError):
        rollup = (_PROC / str(pid) / "smaps_rollup").read_bytes()
        return int(rollup.split(b"\nPss:")[1].split()[0]) * 1024
    return 0


def kill_marked(marker: bytes) -> int:
    """Kill every process that was started with ``marker`` (``NAME=value``) in its environment."""
    killed = 0
    for pid in parents():
        with suppress(OSError):
            marks = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
            if marker in marks and pid != os.getpid():
                os.kill(pid, signal.SIGKILL)
                killed += 1
    return killed


def thread_count() -> int:
    """Threads of this process as the kernel counts them."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        return 1


def open_sockets() -> set[int]:
    """File descriptors of this process that are sockets."""
    found: set[int] = set()
    with suppress(FileNotFoundError):
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                    found.add(int(name))
    return found


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
