"""The attempts of a run, as its page shows them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from jobsmith.models import JobResult


def attempts_of(run: JobResult) -> Iterator[dict[str, Any]]:
    """Those that another one followed, each with its first line; then the latest."""
    line = 0
    for each in run.attempts or ():
        yield {
            "number": each["attempt"],
            "detail": each["cause_detail"],
            "length": _length(each),
            "first": line + 1,
            "state": "failed",
        }
        line = each["log_count"]
    if line and run.date_started is not None:
        yield {"number": run.attempt, "length": None, "first": line + 1, "state": _state(run)}


def _length(attempt: dict[str, Any]) -> timedelta | None:
    started, ended = attempt["started"], attempt["ended"]
    return datetime.fromisoformat(ended) - datetime.fromisoformat(started) if started else None


def _state(run: JobResult) -> str:
    names = {"SUCCESS": "success", "FAILURE": "failed", "REVOKED": "cancelled"}
    return names.get(run.status, "running")
