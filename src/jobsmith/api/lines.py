"""Lines of a run: all of them, or on from one of them.

Lines are numbered from 1 in each run (``seq``), so a program follows a run by asking for what
comes after the last number it has seen.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from jobsmith.streams.downloads import in_pieces
from jobsmith.streams.feeds import Feed
from jobsmith.streams.reading import page_of

from .negotiation import WireJSONRenderer

MAX_LINES = 10_000
PAGE = 1000

Show = Callable[[Sequence[Any]], Any]
"""Lines as JSON."""


class LinesAsked(serializers.Serializer[Any]):
    """Which lines a request wants."""

    after = serializers.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        help_text="Only lines with a higher ``seq``.",
    )
    limit = serializers.IntegerField(
        min_value=1,
        max_value=MAX_LINES,
        required=False,
        help_text="At most so many; the Link header has the next.",
    )


def answer_lines(
    request: Request, rows: QuerySet[Any], feed: Feed, show: Show
) -> Response | StreamingHttpResponse:
    """The lines asked for as a bare list, with a ``Link`` to the next ones where there may be.

    A long list is sent page by page, so it costs no more memory than a short one.
    """
    asked = LinesAsked(data={name: request.query_params[name] for name in _given(request)})
    asked.is_valid(raise_exception=True)
    after, limit = asked.validated_data.get("after"), asked.validated_data.get("limit")
    seqs = list(rows.filter(seq__gt=after or 0).values_list("seq", flat=True)[: limit or 0])
    last = seqs[-1] if limit and len(seqs) == limit else None
    pages = _pages(rows if last is None else rows.filter(seq__lte=last), feed, after or 0)
    lines, more = next(pages)
    answer = _streamed(request, lines, pages, show) if more else Response(show(lines))
    if last is not None:
        following = replace_query_param(request.build_absolute_uri(), "after", last)
        answer["Link"] = f'<{following}>; rel="next"'
    return answer


def _pages(rows: QuerySet[Any], feed: Feed, after: int) -> Iterator[tuple[list[Any], bool]]:
    """Lines a page at a time, at least one page; each with whether more follow."""
    more = True
    while more:
        left = rows.filter(seq__gt=after)
        seqs, more = page_of(left, feed, PAGE)
        after = seqs[-1] if seqs else after
        yield list(left.filter(seq__lte=after)), more


def _streamed(
    request: Request, first: list[Any], others: Iterator[tuple[list[Any], bool]], show: Show
) -> StreamingHttpResponse:
    pages = chain([first], (lines for lines, _ in others))
    return in_pieces(request._request, _json(pages, show), "application/json")


def _json(pages: Iterable[list[Any]], show: Show) -> Iterator[bytes]:
    """One list in JSON, a page at a time."""
    between = b"["
    for lines in pages:
        yield between + WireJSONRenderer().render(show(lines))[1:-1]
        between = b","
    yield b"]"


def _given(request: Request) -> list[str]:
    return [name for name in ("after", "limit") if name in request.query_params]
