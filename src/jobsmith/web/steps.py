"""The outline of a run: the groupings of its log, and how it ended."""

from itertools import zip_longest
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from jobsmith.lifecycle import REFUSED, Status
from jobsmith.models import JobLogEntry, JobResult

BAD = ("failure", "error", "critical")
SHOWN = 60

Step = dict[str, Any]


def steps_of(run: JobResult, lines: QuerySet[JobLogEntry]) -> list[Step]:
    """Steps in the order of their first lines, each with its state and its time.

    A step is blamed only for lines of its own. What ended a run without a word in its log came
    after the last of them, wherever that was, and stands by itself.
    """
    steps = _groupings(lines)
    if steps and not run.is_final:
        latest = max(steps, key=lambda step: step["last"])
        latest["state"] = "running" if latest["state"] == "success" else latest["state"]
    return [*steps[:SHOWN], *_unsaid_end(run, steps)]


def _groupings(lines: QuerySet[JobLogEntry]) -> list[Step]:
    found = (
        lines.order_by()
        .values("grouping")
        .annotate(
            first=Min("seq"),
            last=Max("seq"),
            begin=Min("created"),
            end=Max("created"),
            lines=Count("seq"),
            bad=Count("seq", filter=Q(log_level__in=BAD)),
            last_bad=Max("seq", filter=Q(log_level__in=BAD)),
            warned=Count("seq", filter=Q(log_level=JobLogEntry.Level.WARNING)),
        )
    )
    rows: list[Step] = [{**row} for row in found]
    steps = sorted(rows, key=lambda step: step["first"])
    for step, following in zip_longest(steps, steps[1:]):
        step["state"] = "failed" if step["bad"] else "warning" if step["warned"] else "success"
        step["length"] = (following["begin"] if following else step["end"]) - step["begin"]
    return steps


def _unsaid_end(run: JobResult, steps: list[Step]) -> list[Step]:
    """How the run ended, where its last line does not say so."""
    if run.status not in (Status.FAILURE, Status.REVOKED) or _last_is_bad(steps):
        return []
    state = "failed" if run.status == Status.FAILURE else "cancelled"
    since = max((step["end"] for step in steps), default=run.date_started)
    length = run.date_done - since if run.date_done and since else None
    return [{"grouping": _word(run), "state": state, "length": length, "lines": 0}]


def _last_is_bad(steps: list[Step]) -> bool:
    latest = max(steps, key=lambda step: step["last"], default=None)
    return latest is not None and latest["last"] == latest["last_bad"]


def _word(run: JobResult) -> str:
    if run.status == Status.REVOKED:
        return "Cancelled"
    if run.cause.startswith(REFUSED):
        return "Refused"
    said = run.result if isinstance(run.result, dict) else {}
    return str(said.get("exc_type") or run.cause or "Failed")
