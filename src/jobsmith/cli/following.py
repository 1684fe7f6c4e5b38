"""Follow a run: its log lines and progress, in order and once, until it has ended."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from jobsmith.models import JobLogEntry, JobResult
from jobsmith.policies import Actor
from jobsmith.streams.feeds import LOG
from jobsmith.streams.reading import Lines, Row

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
        lines = Lines.seen_by(self._user, self.result, LOG)
        while rows := lines.page(after=self._after, limit=AT_ONCE).rows:
            self._after = rows[-1][0]
            yield from map(_entry, rows)

    def turns(self) -> Iterator[None]:
        """One turn for each look, the last one after the run has ended and all lines are in."""
        while True:
            self.result.refresh_from_db()
            ended = self.result.is_final
            yield
            if ended:
                return
            time.sleep(EVERY)


def _entry(row: Row) -> JobLogEntry:
    """The line as a record, also where it is not stored yet."""
    values = dict(zip(LOG.columns, row, strict=True))
    return JobLogEntry(**values | {"created": datetime.fromtimestamp(values["created"], UTC)})
