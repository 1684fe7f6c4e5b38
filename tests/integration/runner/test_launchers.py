"""Which fork servers a worker keeps."""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from jobsmith.processes.launcher import Launcher
from jobsmith.processes.sandbox import Sandbox
from jobsmith.runner.launchers import IDLE_SECONDS, MOST_SANDBOXES, Gone, Launchers


@dataclass
class Servers:
    """Programs that stand in for fork servers: they hold a socket and do nothing."""

    programs: "dict[Sandbox | None, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, sandbox: Sandbox | None) -> Launcher:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = subprocess.Popen(["sleep", "600"], pass_fds=[theirs.fileno()])
        theirs.close()
        program.returncode = 0
        self.programs[sandbox] = program
        return Launcher(ours, program.pid, "nobody", wait=False)


@dataclass
class Wanting:
    """A run, as far as its place goes."""

    sandbox: Sandbox | None
    key: str = "x"


def sandbox(name: str) -> Sandbox:
    return Sandbox(level="sandbox", name=name, database=False, network=False)


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def launchers(servers: Servers) -> Iterator[Launchers]:
    made = Launchers(servers.start, selectors.DefaultSelector(), lambda: None)
    yield made
    for each in list(made._servers):
        made.replace(each, ["x"]) if each else None
    for server in made._servers.values():
        os.kill(server.pid, signal.SIGKILL)
    made.close()


def launch(launchers: Launchers, *names: str) -> None:
    for name in names:
        run: Any = Wanting(sandbox(name))
        launchers.launch(run, [0, 1, 2], seconds=1)


def kept(launchers: Launchers) -> set[str]:
    return {each.name for each in launchers._servers if each}


def test_runs_of_a_source_share_a_sandbox(launchers: Launchers, servers: Servers) -> None:
    launch(launchers, "a", "b", "a")
    assert kept(launchers) == {"a", "b"}
    assert len(servers.programs) == 3


def test_a_sandbox_that_was_idle_for_long_is_ended(launchers: Launchers) -> None:
    launch(launchers, "a", "b")
    busy: Any = Wanting(sandbox("b"))
    launchers.close_idle([busy], time.monotonic() + IDLE_SECONDS + 1)
    assert kept(launchers) == {"b"}


def test_the_one_that_was_idle_longest_makes_room(launchers: Launchers) -> None:
    names = [str(number) for number in range(MOST_SANDBOXES)]
    launch(launchers, *names)
    for number, name in enumerate(names):
        launchers._used[sandbox(name)] -= 100 - number
    launch(launchers, "new")
    assert kept(launchers) == {*names[1:], "new"}


def test_a_server_that_died_is_told_with_whose_it_was(
    launchers: Launchers, servers: Servers
) -> None:
    launch(launchers, "a", "b")
    os.kill(servers.programs[sandbox("a")].pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    found: list[Any] = []
    while not found and time.monotonic() < deadline:
        found = list(launchers.events())
    assert found == [Gone(sandbox("a"))]
    assert launchers.replace(sandbox("a"), []) is False
    assert kept(launchers) == {"b"}
