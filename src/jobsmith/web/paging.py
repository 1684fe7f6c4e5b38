"""Pages of lists: by number where they are short, by the place of the last row where not."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from jobsmith.filters.pages import limited

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Paged(Generic[M]):
    """Some rows, and the query strings of the pages beside them."""

    rows: Sequence[M]
    number: int
    previous: str
    following: str


def paged(request: HttpRequest, rows: QuerySet[M], *, size: int) -> Paged[M]:
    """The page that ``?page=`` names; one row more is read to tell whether another follows.

    Raises TooBroad when a search takes too long.
    """
    said = request.GET.get("page", "")
    number = max(int(said), 1) if said.isdecimal() and len(said) < 7 else 1
    with _patience(request):
        found = list(rows[(number - 1) * size : number * size + 1])
    return Paged(
        found[:size],
        number,
        _query(request, number - 1) if number > 1 else "",
        _query(request, number + 1) if len(found) > size else "",
    )


def _patience(request: HttpRequest) -> AbstractContextManager[None]:
    """Only looking for words can take long: other lists are read along an index."""
    return limited() if request.GET.get("q") else nullcontext()


def _query(request: HttpRequest, number: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(number)
    return "?" + asked.urlencode()


@dataclass(frozen=True, slots=True)
class Walked(Generic[M]):
    """Some rows of a long list, newest first, and the query strings of what lies beside them."""

    rows: Sequence[M]
    newest: str
    older: str


def walked(request: HttpRequest, rows: QuerySet[M], *, by: str, size: int) -> Walked[M]:
    """The rows older than the place that ``?after=`` names.

    ``by`` is a moment that never changes. However far back a page is, it is as fast. Raises
    TooBroad when a search takes too long.
    """
    with _patience(request):
        found = list(_older_than(rows, request.GET.get("after", ""), by)[: size + 1])
    shown, more = found[:size], len(found) > size
    older = f"{getattr(shown[-1], by).isoformat()}~{shown[-1].pk}" if more else ""
    newest = _asked(request, after=None) if "after" in request.GET else ""
    return Walked(shown, newest, _asked(request, after=older) if older else "")


def _older_than(rows: QuerySet[M], place: str, by: str) -> QuerySet[M]:
    rows = rows.order_by(f"-{by}", "-pk")
    said, _, key = place.partition("~")
    moment, pk = _moment(said), as_uuid(key)
    if moment is None or pk is None:
        return rows
    same: dict[str, Any] = {by: moment, "pk__gte": pk}
    return rows.filter(**{f"{by}__lte": moment}).exclude(**same)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
        return moment.astimezone(UTC) if moment and is_aware(moment) else None
    except (ValueError, OverflowError):
        return None


def as_uuid(text: str) -> UUID | None:
    """The key that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _asked(request: HttpRequest, **changed: str | None) -> str:
    asked = request.GET.copy()
    for name, value in changed.items():
        asked.pop(name, None)
        if value:
            asked[name] = value
    return "?" + asked.urlencode()
