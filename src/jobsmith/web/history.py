"""The last runs of each job, as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from jobsmith.lifecycle import LABELS, Status
from jobsmith.models import Job, JobResult

RUNS = 24
BASE = 20
SINCE = "shown_since"
STATES = {
    Status.PENDING: "queued",
    Status.STARTED: "running",
    Status.SUCCESS: "success",
    Status.FAILURE: "failed",
    Status.REVOKED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One run; sizes are SVG attributes."""

    state: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class History:
    """What a job did lately."""

    bars: Sequence[Bar] = ()
    summary: str = "no runs yet"
    last: dict[str, Any] | None = None


def state_of(status: str, warnings: int | None = 0) -> str:
    """The name of a status for styles and icons."""
    if status == Status.SUCCESS and warnings:
        return "warning"
    return STATES.get(Status(status), "none")


def label_of(status: str, warnings: int | None = 0) -> str:
    """The page's word for a status."""
    if state_of(status, warnings) == "warning":
        return "With warnings"
    return LABELS[Status(status)]


def with_last_runs(jobs: QuerySet[Job], results: QuerySet[JobResult]) -> QuerySet[Job]:
    """The jobs, each with the moment from which on `histories` shows its runs."""
    mine = results.filter(job_model=OuterRef("pk"))
    dates = mine.order_by("-date_created").values("date_created")
    oldest = mine.order_by("date_created").values("date_created")
    since = Coalesce(Subquery(dates[RUNS - 1 : RUNS]), Subquery(oldest[:1]))
    return jobs.annotate(**{SINCE: since})


def histories(jobs: Sequence[Job], results: QuerySet[JobResult]) -> dict[UUID, History]:
    """History of each job among ``results``, by job: one query however many jobs there are.

    The jobs come `with_last_runs`, so this walks the index from there and does not grow with the
    age of the installation.
    """
    begins = {job.pk: getattr(job, SINCE) for job in jobs if getattr(job, SINCE)}
    if not begins:
        return {}
    wanted = Q()
    for pk, begin in begins.items():
        wanted |= Q(job_model_id=pk, date_created__gte=begin)
    runs: dict[UUID, list[dict[str, Any]]] = {pk: [] for pk in begins}
    columns = ("id", "job_model_id", "status", "warning_log_count", "date_created")
    for row in results.filter(wanted).values(*columns, "date_started", "date_done"):
        runs[row["job_model_id"]].append(row)
    return {pk: _history(rows) for pk, rows in runs.items() if rows}


def _history(rows: list[dict[str, Any]]) -> History:
    rows = sorted(rows, key=lambda row: row["date_created"])[-RUNS:]
    longest = max((_seconds(row) for row in rows), default=0) or 1
    offset = (RUNS - len(rows)) * 7
    bars = [_bar(row, offset + n * 7 + 2, longest) for n, row in enumerate(rows)]
    return History(bars, _summary(rows), rows[-1])


def _bar(row: dict[str, Any], x: int, longest: float) -> Bar:
    state = state_of(row["status"], row["warning_log_count"])
    share = (_seconds(row) / longest) ** 0.5
    if state == "failed":
        return Bar(state, x, BASE + 1, 4 + round(3 * share, 1))
    height = round(4 + 14 * share, 1)
    return Bar(state, x, BASE - height, height)


def _seconds(row: dict[str, Any]) -> float:
    if not row["date_started"] or not row["date_done"]:
        return 0.0
    return float((row["date_done"] - row["date_started"]).total_seconds())


def _summary(rows: list[dict[str, Any]]) -> str:
    good = sum(row["status"] == Status.SUCCESS for row in rows)
    bad = sum(row["status"] == Status.FAILURE for row in rows)
    return f"last {len(rows)} runs: {good} succeeded, {bad} failed"
