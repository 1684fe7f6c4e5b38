"""A control group a run, where the kernel lets us make one: counts and ends its processes."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_PREFIX = "jobsmith-"


def find_root() -> Path | None:
    """A writable folder of the ``pids`` controller (version 1, or 2 where delegated), or None."""
    for folder in _candidates():
        probe = folder / f"{_PREFIX}probe-{os.getpid()}"
        try:
            probe.mkdir()
        except OSError:
            continue
        works = (probe / "pids.max").exists()
        with suppress(OSError):
            probe.rmdir()
        if works:
            return folder
    return None


def _candidates() -> list[Path]:
    found: list[Path] = []
    with suppress(OSError):
        for line in _MOUNTS.read_text().splitlines():
            _, folder, kind, options, *_ = line.split(" ")
            if kind == "cgroup" and "pids" in options.split(","):
                found.append(Path(folder) / _own_path("pids"))
            elif kind == "cgroup2":
                found.append(Path(folder) / _own_path(""))
    return found


def _own_path(controller: str) -> str:
    """This process's place in a hierarchy, relative to its mount."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") if controller else not controllers:
            return path.lstrip("/")
    return ""


def folder_name(key: str) -> str:
    """Name of a run's group."""
    return f"{_PREFIX}{key}"


class Group:
    """The control group of one run."""

    def __init__(self, root: Path, name: str, process_limit: int, memory_limit: int = 0) -> None:
        self.path = root / folder_name(name)
        self.path.mkdir(exist_ok=True)
        (self.path / "pids.max").write_text(str(process_limit or "max"))
        if memory_limit and (self.path / "memory.max").exists():
            self._limit_memory(memory_limit)

    def _limit_memory(self, most: int) -> None:
        """Where the group controls memory, too, the kernel ends it whole; a watcher is slower."""
        wanted = {"memory.max": most, "memory.swap.max": 0, "memory.oom.group": 1}
        for name, value in wanted.items():
            with suppress(OSError):
                (self.path / name).write_text(str(value))

    def join(self) -> None:
        """Move this process, which has one thread, in."""
        # Version 1 lets a thread move itself at once. To move a process, the kernel first waits
        # until nothing forks anywhere: ten milliseconds and more.
        by_thread = self.path / "tasks"
        (by_thread if by_thread.exists() else self.path / "cgroup.procs").write_text("0")

    def kill_all(self, patience: float = 2.0) -> int:
        """Kill every member until none is left; return how many there were."""
        with suppress(OSError):
            (self.path / "pids.max").write_text("0")
        killed: set[int] = set()
        give_up_at = time.monotonic() + patience
        while (members := self.members()) and time.monotonic() < give_up_at:
            killed |= members
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _reap(members)
        return len(killed)

    def hit_limit(self) -> bool:
        """Whether a fork was refused for the process limit."""
        return self._happened("pids.events", "max")

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel ended a member for the memory limit."""
        return self._happened("memory.events", "oom_kill")

    def _happened(self, file: str, event: str) -> bool:
        try:
            words = (self.path / file).read_text().split()
        except OSError:
            return False
        return dict(zip(words[::2], words[1::2], strict=False)).get(event, "0") != "0"

    def remove(self) -> None:
        """Give the group back; a group with members stays for the next sweep."""
        with suppress(OSError):
            self.path.rmdir()

    def members(self) -> set[int]:
        """Its processes."""
        try:
            return {int(pid) for pid in (self.path / "cgroup.procs").read_text().split()}
        except OSError:
            return set()


def _reap(pids: set[int]) -> None:
    """Collect those that became our children, so that they leave the group."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    time.sleep(0.001)
