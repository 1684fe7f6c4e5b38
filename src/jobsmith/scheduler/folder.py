"""Follows the folder of jobs, so that new files are found where nobody runs ``jobsmith up``."""

import time
from pathlib import Path

from jobsmith.processes import capped
from jobsmith.sources.watch import FolderWatch

CHILD = "jobsmith.scheduler.sync_child"
SYNC_SECONDS = 3600
AGAIN_SECONDS = 30
"""After a sync that could not be done, such as while the database is away."""


class FolderFollower:
    """Has a child sync when the folder changes; one sync at a time.

    Any number of schedulers may do so: a sync that finds nothing new changes nothing, and of two
    that read different files the one that read later counts.
    """

    def __init__(self, root: Path | None) -> None:
        """Look at the folder for the first time; None follows nothing."""
        self._root = root
        self._watch = FolderWatch(root) if root else None
        self._sync: capped.Aside | None = None
        self._due, self._not_before, self._next_look = False, 0.0, 0.0

    def turn(self) -> None:
        """Look at the folder, and see to the child; waits for nothing."""
        if self._watch is None:
            return
        if time.monotonic() >= self._next_look:
            self._due = self._watch.changed() or self._due
            self._next_look = time.monotonic() + self._watch.pause
        if self._sync is not None and self._sync.is_over:
            self._bury(self._sync)
        if self._due and self._sync is None and time.monotonic() >= self._not_before:
            self._start()

    def end(self) -> None:
        """Give up a sync that is under way; it changes all or nothing."""
        if self._sync is not None:
            self._sync.end()

    def _start(self) -> None:
        without = [self._root] if self._root else []
        env = capped.surroundings(without=without)
        self._sync = capped.Aside(CHILD, b"", env=env, seconds=SYNC_SECONDS)
        self._due = False

    def _bury(self, sync: capped.Aside) -> None:
        if sync.output() is None:
            self._due, self._not_before = True, time.monotonic() + AGAIN_SECONDS
        self._sync = None
