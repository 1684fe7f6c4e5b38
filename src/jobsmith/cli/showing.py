"""How runs and their lines look in a terminal."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jobsmith.lifecycle import REFUSED, Status
from jobsmith.models import JobLogEntry, JobResult

from .printing import printable

LEVEL_STYLES = {
    "debug": "dim",
    "info": "cyan",
    "success": "green",
    "warning": "yellow",
    "failure": "red",
    "error": "red",
    "critical": "bold red",
}
PIPE_WIDTH = 1000
_LINK = re.compile(r"\[([^\[\]]+)\]\((/[^\s()]*|(https?://[^\s()]+))\)")
STATUS_STYLES = {
    Status.PENDING: "dim",
    Status.STARTED: "cyan",
    Status.SUCCESS: "green",
    Status.FAILURE: "red",
    Status.REVOKED: "yellow",
}


def console(*, stderr: bool = False) -> Console:
    """A console that takes what it prints literally and wraps nothing in a pipe."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
    return made


def log_line(entry: JobLogEntry) -> Text:
    """One line of a log."""
    line = Text(f"{timezone.localtime(entry.created):%H:%M:%S} ", style="dim")
    line.append(f"{entry.log_level:<8} ", style=LEVEL_STYLES.get(entry.log_level, ""))
    if entry.log_object:
        line.append(f"{printable(entry.log_object)}: ", style="bold")
    return line.append(without_links(printable(entry.message)), style="not dim")


def without_links(text: str) -> str:
    """``[text](address)`` as its text, and its address where that means something in a terminal."""
    return _LINK.sub(lambda found: found[1] + (f" ({found[3]})" if found[3] else ""), text)


def status_text(result: JobResult) -> Text:
    """The status in words and colour."""
    return Text(result.label, style=STATUS_STYLES[Status(result.status)])


def outcome(result: JobResult) -> Text:
    """How the run ended, in one line."""
    line = status_text(result)
    if result.duration is not None:
        line.append(f" after {result.duration.total_seconds():.1f} s", style="default")
    if result.isolation:
        line.append(f" ({result.isolation})", style="dim")
    if result.attempt > 1:
        line.append(f", attempt {result.attempt} of {result.max_retries + 1}", style="dim")
    reason = result.cause_detail or result.cause
    line.append(f": {printable(reason)}" if reason else "", style="default")
    code = result.cause.removeprefix(REFUSED)
    return line.append(f" [{code}]" if code != result.cause else "", style="dim")


def parts(value: object) -> Iterator[Table | str]:
    """A result for people: the members of a dict one by one where some are typed."""
    if not isinstance(value, dict) or not any(map(_kind, value.values())):
        yield returned(value)
        return
    for name, each in value.items():
        if _kind(each):
            yield f"\n{printable(str(name))}"
            yield returned(each)
        else:
            yield f"{printable(str(name))}: {returned(each)}"


def _kind(value: object) -> object:
    return value.get("__jobsmith_type__") if isinstance(value, dict) else None


def returned(value: object) -> Table | str:
    """A result for people: a table as a table, a note and Markdown as text, the rest as JSON."""
    kind = _kind(value)
    if kind == "table" and isinstance(value, dict):
        made = table(*map(printable, value["columns"]), rows=value["rows"])
        made.title = Text(printable(value["title"])) if value["title"] else None
        return made
    if kind == "markdown" and isinstance(value, dict):
        return printable(value["text"])
    return printable(json.dumps(value, indent=2, ensure_ascii=False))


def table(*columns: str, rows: list[list[Any]]) -> Table:
    """A table without a frame."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*(each if isinstance(each, Text) else printable(str(each)) for each in row))
    return made


def as_dict(result: JobResult) -> dict[str, Any]:
    """A run for ``--json``."""
    return {
        "id": str(result.pk),
        "job": result.class_path,
        "name": result.name,
        "status": result.status,
        "cause": result.cause,
        "cause_detail": result.cause_detail,
        "waiting_reason": result.waiting_reason,
        "attempt": result.attempt,
        "max_retries": result.max_retries,
        "attempts": result.attempts or [],
        "isolation": result.isolation,
        "date_created": _iso(result.date_created),
        "date_started": _iso(result.date_started),
        "date_done": _iso(result.date_done),
        "result": result.result,
        "traceback": result.traceback,
    }


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None
