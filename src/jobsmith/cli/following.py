"""Follow a run: its log lines and progress, in order and once, until it has ended."""

import time
from collections.abc import Iterator

from jobsmith import policies
from jobsmith.models import JobLogEntry, JobResult
from jobsmith.policies import Actor

EVERY = 0.15
"""Seconds between two looks."""
AT_ONCE = 1000
"""Lines in one query."""


class Following:
    """A cursor over one run."""

    def __init__(self, result: JobResult, *, user: Actor, after: int = 0) -> None:
        self.result = result
        self._user = user
        self._after = after

    def lines(self) -> Iterator[JobLogEntry]:
        """Lines that came since the last look."""
        while True:
            rows = policies.logs(self._user, self.result).filter(seq__gt=self._after)
            batch = list(rows[:AT_ONCE])
            if not batch:
                return
            self._after = batch[-1].seq
            yield from batch

    def turns(self) -> Iterator[None]:
        """One turn for each look, the last one after the run has ended and all lines are in."""
        while True:
            self.result.refresh_from_db()
            ended = self.result.is_final
            yield
            if ended:
                return
            time.sleep(EVERY)
