"""The fork servers of a worker: one for plain processes, and one for each sandbox in use."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jobsmith.processes.launcher import Launcher, ServerGone
from jobsmith.processes.sandbox import Sandbox

from .run import Run

StartServer = Callable[[Sandbox | None], Launcher]
IDLE_SECONDS = 300.0
"""How long a sandbox waits for the next run of its source."""
MOST_SANDBOXES = 8
"""More are not kept waiting; each holds Django and the host's apps."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A server died, and the processes that it had started with it."""

    sandbox: Sandbox | None


class Launchers:
    """Starts, signals and watches the processes of runs, each where it belongs."""

    def __init__(
        self, start: StartServer, selector: selectors.BaseSelector, heard: Callable[[], None]
    ) -> None:
        """``heard`` is what the selector has for each server's socket."""
        self._start, self._selector, self._heard = start, selector, heard
        self._servers: dict[Sandbox | None, Launcher] = {}
        self._used: dict[Sandbox, float] = {}
        self._server(None)

    @property
    def note(self) -> str:
        """What the server of plain processes has to say."""
        return self._servers[None].note

    def launch(self, run: Run, descriptors: list[int], *, seconds: float) -> None:
        """Start the run's process."""
        self._server(run.sandbox).launch(run.key, descriptors, seconds=seconds)

    def bound(self, run: Run, seconds: float) -> None:
        """From now on it is ended after so many seconds."""
        if run.sandbox in self._servers:
            self._servers[run.sandbox].bound(run.key, seconds)

    def hold(self, run: Run, seconds: float) -> None:
        """It ends after so many seconds, unless this is said again before."""
        if run.sandbox in self._servers:
            self._servers[run.sandbox].hold(run.key, seconds)

    def signal(self, run: Run, number: int) -> None:
        """Signal it."""
        if run.sandbox in self._servers:
            self._servers[run.sandbox].signal(run.key, number)

    def events(self) -> Iterator[dict[str, Any] | Gone]:
        """What happened since the last time."""
        for sandbox, server in list(self._servers.items()):
            try:
                yield from server.events()
            except ServerGone:
                yield Gone(sandbox)

    def replace(self, sandbox: Sandbox | None, keys: Collection[str]) -> bool:
        """Clean up after a server that is gone; plain processes get another at once.

        Tells whether the one that is gone had ever come up.
        """
        gone = self._forget(sandbox)
        if gone is not None:
            gone.clean_up_after(list(keys))
        if sandbox is None:
            self._server(None)
        return gone is None or gone.is_ready

    def close_idle(self, runs: Collection[Run], now: float) -> None:
        """End sandboxes that no run has used for long."""
        for run in runs:
            if run.sandbox is not None:
                self._used[run.sandbox] = now
        self._close_before(now - IDLE_SECONDS)

    def close(self) -> None:
        """End all."""
        for sandbox in list(self._servers):
            if server := self._forget(sandbox):
                server.close()

    def _server(self, sandbox: Sandbox | None) -> Launcher:
        if sandbox is not None:
            self._make_room(sandbox)
            self._used[sandbox] = time.monotonic()
        if sandbox not in self._servers:
            server = self._servers[sandbox] = self._start(sandbox)
            self._selector.register(server.control, selectors.EVENT_READ, self._heard)
        return self._servers[sandbox]

    def _make_room(self, wanted: Sandbox) -> None:
        """End what has been idle longest while there are too many; those in use stay."""
        idle = sorted(self._used[each] for each in self._used if each != wanted)
        if len(idle) >= MOST_SANDBOXES:
            self._close_before(min(idle[len(idle) - MOST_SANDBOXES], time.monotonic() - 2))

    def _close_before(self, moment: float) -> None:
        for sandbox in [each for each, used in self._used.items() if used <= moment]:
            server = self._forget(sandbox)
            if server is not None:
                with suppress(ProcessLookupError):  # nothing runs in it, so nothing is waited for
                    os.kill(server.pid, signal.SIGKILL)
                server.close()

    def _forget(self, sandbox: Sandbox | None) -> Launcher | None:
        server = self._servers.pop(sandbox, None)
        if sandbox is not None:
            self._used.pop(sandbox, None)
        if server is not None:
            self._selector.unregister(server.control)
        return server
