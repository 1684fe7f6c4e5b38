"""When the rows of runs are written, and what happens to a run whose rows cannot be."""

from collections.abc import Sequence

from django.db import DatabaseError

from . import logs
from .database import RETRY_SECONDS, Away, Database
from .faults import Unreachable, cause_of
from .run import Run

FLUSH_SECONDS = 0.1
FLUSH_ROWS = 1000


class Writer:
    """Writes in group commits; while the database does not answer, rows wait on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.due_at = 0.0

    def write(self, runs: Sequence[Run], now: float) -> bool:
        """Write what is new; False while the database does not answer."""
        if now < self.due_at and any(run.spooled for run in runs):
            logs.keep_on_disk(runs)  # still waiting for the database
            return False
        try:
            self._database.ask(lambda: self._write(runs))
        except Away:
            logs.keep_on_disk(runs)
            self.due_at = now + RETRY_SECONDS
            return False
        self.due_at = now + FLUSH_SECONDS
        return True

    def _write(self, runs: Sequence[Run]) -> None:
        try:
            logs.write(runs)
        except Unreachable:
            raise
        except Exception:
            for run in runs:
                _write_alone(run)


def _write_alone(run: Run) -> None:
    """Something cannot be stored: if it is this run's, drop its rows and end it."""
    try:
        logs.write([run])
    except Unreachable:
        raise
    except Exception as error:  # a storage may raise anything
        if isinstance(error, DatabaseError) or run.evidence.distrusted:
            logs.drop(run)
        run.files.finished.clear()
        run.condemn(*cause_of(error))
