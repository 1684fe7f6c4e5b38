"""One look at a run in the database, for all who watch it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from jobsmith import policies
from jobsmith.lifecycle import LABELS, Status, is_final
from jobsmith.models import JobResult

from .feeds import Feed
from .reading import Lines, Page, Row, shown

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
    more: bool = False
    """Whether there are more lines than a page holds."""

    @property
    def is_over(self) -> bool:
        """Whether nothing will follow."""
        return not self.more and (self.state is None or is_final(self.state["status"]))


def look(result_id: str, feed: Feed | None, *, after: int | None, limit: int) -> Snapshot:
    """Read a run and its lines after ``after``; no lines without a feed or a place.

    Whoever watches may see the run and all its lines (`view` has asked), so rows are read for
    all alike. The run is read first: lines that were there before its end are then never missed.
    """
    state = policies.everything(JobResult).filter(pk=result_id).values(*STATE).first()
    if state is None:
        return Snapshot(None)
    page = Page()
    if feed is not None:
        lines = _lines(result_id, feed)
        state[feed.counter] = max(state[feed.counter], lines.newest_waiting)
        page = page if after is None else lines.page(after=after, limit=limit)
    return Snapshot(_plain(state), shown(page.rows), page.more)


def _lines(result_id: str, feed: Feed) -> Lines:
    rows = policies.everything(feed.model).filter(job_result_id=UUID(result_id))
    return Lines(feed=feed, stored=rows, waiting_of=result_id)


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    cancelling = state.pop("date_canceled") is not None
    return state | {"label": LABELS[Status(state["status"])], "cancelling": cancelling}
