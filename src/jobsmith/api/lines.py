"""Lines of a run: all of them, or on from one of them.

Lines are numbered from 1 in each run (``seq``), so a program follows a run by asking for what
comes after the last number it has seen.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

LINES = [
    OpenApiParameter("after", int, description="Only lines with a higher ``seq``."),
    OpenApiParameter("limit", int, description="At most so many; the Link header has the next."),
]
MAX_LINES = 10_000


class LinesAsked(serializers.Serializer[Any]):
    """Which lines a request wants."""

    after = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LINES, required=False)


def answer_lines(
    request: Request, rows: QuerySet[Any], show: Callable[[Sequence[Any]], Any]
) -> Response:
    """The lines asked for as a bare list, with a ``Link`` to the next ones where there may be."""
    asked = LinesAsked(data={name: request.query_params[name] for name in _given(request)})
    asked.is_valid(raise_exception=True)
    after, limit = asked.validated_data.get("after"), asked.validated_data.get("limit")
    if after is not None:
        rows = rows.filter(seq__gt=after)
    lines = list(rows[:limit] if limit else rows)
    answer = Response(show(lines))
    if limit and len(lines) == limit:
        following = replace_query_param(request.build_absolute_uri(), "after", lines[-1].seq)
        answer["Link"] = f'<{following}>; rel="next"'
    return answer


def _given(request: Request) -> list[str]:
    return [name for name in ("after", "limit") if name in request.query_params]
