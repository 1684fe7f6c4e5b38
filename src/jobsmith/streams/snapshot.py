"""One look at a run in the database, for all who watch it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from jobsmith import policies
from jobsmith.lifecycle import LABELS, Status, is_final
from jobsmith.models import JobConsoleEntry, JobLogEntry, JobResult

from .feeds import LOG, Feed, Row

STATE = (
    "status",
    "cause",
    "cause_detail",
    "waiting_reason",
    "progress_done",
    "progress_total",
    "progress_text",
    "log_count",
    "console_count",
    "warning_log_count",
    "error_log_count",
    "date_canceled",
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The run as it stands, and new lines."""

    state: dict[str, Any] | None
    """None when the run is gone."""
    rows: list[Row] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing will follow."""
        return self.state is None or is_final(self.state["status"])


def look(result_id: str, feed: Feed, *, after: int, limit: int) -> Snapshot:
    """Read a run and its lines after ``after``; closes the connection where that is worth it.

    Whoever watches was allowed to when the stream was opened, so rows are read for all alike.
    The run is read first: lines that were stored before its end are then never missed.
    """
    try:
        state = policies.everything(JobResult).filter(pk=result_id).values(*STATE).first()
        if state is None:
            return Snapshot(None)
        lines = _lines(result_id, feed)
        return Snapshot(_plain(state), feed.rows(lines, after=after, limit=limit))
    finally:
        let_go()


def let_go() -> None:
    """Give the connection back, unless a transaction holds it."""
    if not connection.in_atomic_block and connection.vendor != "sqlite":
        connection.close()


def _lines(result_id: str, feed: Feed) -> Any:
    model = JobLogEntry if feed is LOG else JobConsoleEntry
    return policies.everything(model).filter(job_result_id=UUID(result_id))


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    cancelling = state.pop("date_canceled") is not None
    return state | {"label": LABELS[Status(state["status"])], "cancelling": cancelling}
