"""What is done to a fresh process before job code may enter it."""

import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import linux

MEMORY_RESERVE = 64 * 1024 * 1024
"""Kept back so that a run that is out of memory can still say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run may take; 0 means no limit."""

    memory_bytes: int = 0
    processes: int = 0
    uid: int = 0
    """Whom to run as; 0 means to stay who we are."""
    gid: int = 0
    control_groups: bool = True
    """Whether to count processes by control groups where the kernel lets us; else a watcher."""

    def to_json(self) -> dict[str, Any]:
        """For the way to another process."""
        return asdict(self)

    @property
    def memory(self) -> int:
        """Bytes that the run may hold in all; a single process meets its own limit first."""
        return self.memory_bytes + MEMORY_RESERVE if self.memory_bytes else 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Limits":
        """Read back."""
        return cls(**data)


WAITING = frozenset({signal.SIGUSR1})
"""A soft limit that passes while a child still prepares waits until the child listens: before
there is a handler the signal would kill."""


def plain_signals() -> None:
    """Undo what a fork server or a shell had set."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, WAITING)


def confine(limits: Limits, *, parent: int) -> None:
    """Limit this process, become the run's user, and tie it to its parent and its children."""
    settle(limits)
    # Last: the kernel forgets the death signal when the user changes.
    linux.die_with_parent(parent)
    linux.adopt_orphans()


def settle(limits: Limits) -> None:
    """Limit this process and become the run's user, for good."""
    with suppress(OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # first to go when the machine is out of memory
        Path("/proc/self/oom_score_adj").write_text("500")
    _limit_memory(limits.memory_bytes)
    _limit_processes(limits)
    _become(limits.uid, limits.gid)
    os.umask(0o007)


def open_memory_reserve() -> None:
    """Let a run that hit its memory limit tell how it ended."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _limit_memory(most: int) -> None:
    if not most:
        return
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (most, most + MEMORY_RESERVE))


def _limit_processes(limits: Limits) -> None:
    """A backstop for the watcher, far above the limit: the kernel counts per user, not per run."""
    if limits.processes and (limits.uid or os.geteuid()):
        with suppress(OSError, ValueError):
            _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
            most = limits.processes * 16
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(resource.RLIMIT_NPROC, (most, hard))


def _become(uid: int, gid: int) -> None:
    if uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
