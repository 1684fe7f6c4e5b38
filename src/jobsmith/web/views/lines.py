"""Log and console lines by number, for the viewer and as files."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from jobsmith import policies
from jobsmith.models import JobLogEntry, JobResult
from jobsmith.streams.feeds import CONSOLE, LOG, Feed

from ..downloads import download
from ..page import data, page
from .run import find_run

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
    return _answer(request, _run(request, pk), LOG)


@data
def run_console(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The same for what the job printed."""
    return _answer(request, _run(request, pk), CONSOLE)


def _run(request: HttpRequest, pk: UUID) -> JobResult:
    columns = ("status", "log_count", "console_count")
    return policies.find(policies.results(request.user).only("pk", *columns), pk=pk)


def _answer(request: HttpRequest, run: JobResult, feed: Feed) -> HttpResponseBase:
    lines = _lines(request, run, feed)
    chosen = LEVELS.get(request.GET.get("level", ""), [])
    lines = feed.matching(lines, levels=chosen, text=request.GET.get("q", "")[:200])
    state = {"status": run.status, "total": getattr(run, feed.counter), "over": run.is_final}
    if request.GET.get("numbers"):
        return JsonResponse(state | {"numbers": feed.numbers(lines)})
    limit = min(_number(request, "limit", 500), MAX_LIMIT)
    rows = feed.rows(lines, after=_number(request, "after", 0), limit=limit)
    return JsonResponse(state | {"rows": rows})


def _lines(request: HttpRequest, run: JobResult, feed: Feed) -> QuerySet[Any]:
    read = policies.logs if feed is LOG else policies.console
    return read(request.user, run)


def _number(request: HttpRequest, name: str, default: int) -> int:
    said = request.GET.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 12 else default


@page
def run_log_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The whole log as text."""
    run = find_run(request, pk)
    lines = policies.logs(request.user, run)
    return download(request, _pieces(lines), name=f"{run.name} {str(run.pk)[:8]}.log")


@page
def run_console_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """All that the job printed."""
    run = find_run(request, pk)
    lines = policies.console(request.user, run)
    pieces = _console_pieces(lines)
    return download(request, pieces, name=f"{run.name} {str(run.pk)[:8]} console.txt")


def _pieces(lines: QuerySet[JobLogEntry]) -> Iterator[bytes]:
    for rows in _batches(lines):
        text = "".join(
            f"{row.created.isoformat(timespec='milliseconds')} {row.log_level:<8} "
            f"[{row.grouping}] {row.log_object + ' ' if row.log_object else ''}{row.message}\n"
            for row in rows
        )
        yield text.encode()


def _console_pieces(lines: QuerySet[Any]) -> Iterator[bytes]:
    for rows in _batches(lines):
        yield "".join(f"{row.text}\n" for row in rows).encode()


def _batches(lines: QuerySet[Any]) -> Iterator[list[Any]]:
    after = 0
    while rows := list(lines.filter(seq__gt=after)[:PIECE]):
        yield rows
        after = rows[-1].seq
