"""Log and console lines by number, for the viewer and as files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from jobsmith import policies
from jobsmith.models import JobResult
from jobsmith.streams.downloads import download
from jobsmith.streams.feeds import CONSOLE, LOG, Feed
from jobsmith.streams.reading import Choice, Lines, Row, shown

from ..page import data, page
from .run import find_run, require_runs

MAX_LIMIT = 2000
PIECE = 5000
LEVELS = {
    "warning": ["warning"],
    "error": ["failure", "error", "critical"],
    **{each: [each] for each in ("debug", "info", "success", "failure", "critical")},
    **{each: [each] for each in ("output", "stdout", "stderr")},
}


@data
def run_log(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Rows after ``?after=``; with ``?numbers=1`` the numbers of all that match."""
    return _answer(request, pk, LOG)


@data
def run_console(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The same for what the job printed."""
    return _answer(request, pk, CONSOLE)


@data
def run_state(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The same without lines, for whoever only waits for the end."""
    require_runs(request)
    run = _run(request, pk)
    return JsonResponse({"status": run.status, "over": run.is_final, "rows": []})


def _run(request: HttpRequest, pk: UUID) -> JobResult:
    columns = ("status", "log_count", "console_count")
    return policies.find(policies.results(request.user).only("pk", *columns), pk=pk)


def _answer(request: HttpRequest, pk: UUID, feed: Feed) -> HttpResponseBase:
    require_runs(request, feed.model)
    run = _run(request, pk)
    levels, text = LEVELS.get(request.GET.get("level", ""), []), request.GET.get("q", "")[:200]
    lines = Lines.seen_by(request.user, run, feed, Choice(levels=levels, text=text))
    total = max(getattr(run, feed.counter), lines.newest_waiting)
    state = {"status": run.status, "total": total, "over": run.is_final}
    if request.GET.get("numbers"):
        return JsonResponse(state | {"numbers": lines.numbers()})
    limit = min(_number(request, "limit", 500), MAX_LIMIT)
    found = lines.page(after=_number(request, "after", 0), limit=limit)
    return JsonResponse(state | {"rows": shown(found.rows), "more": found.more})


def _number(request: HttpRequest, name: str, default: int) -> int:
    said = request.GET.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 12 else default


@page
def run_log_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The whole log as text."""
    run = find_run(request, pk, LOG.model)
    pieces = _pieces(Lines.seen_by(request.user, run, LOG))
    return download(request, pieces, name=f"{run.name} {str(run.pk)[:8]}.log")


@page
def run_console_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """All that the job printed."""
    run = find_run(request, pk, CONSOLE.model)
    lines = Lines.seen_by(request.user, run, CONSOLE)
    pieces = ("".join(f"{row[3]}\n" for row in rows).encode() for rows in lines.pages(limit=PIECE))
    return download(request, pieces, name=f"{run.name} {str(run.pk)[:8]} console.txt")


def _pieces(lines: Lines) -> Iterator[bytes]:
    return ("".join(map(_line, rows)).encode() for rows in lines.pages(limit=PIECE))


def _line(row: Row) -> str:
    _, seconds, level, message, about, grouping, _ = row
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return f"{moment} {level:<8} [{grouping}] {about + ' ' if about else ''}{message}\n"
