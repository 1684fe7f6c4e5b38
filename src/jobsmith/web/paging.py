"""Pages of a list that is small enough to be counted by offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Paged(Generic[M]):
    """Some rows, and the query strings of the pages beside them."""

    rows: Sequence[M]
    number: int
    previous: str
    following: str


def paged(request: HttpRequest, rows: QuerySet[M], *, size: int) -> Paged[M]:
    """The page that ``?page=`` names; one row more is read to tell whether another follows."""
    said = request.GET.get("page", "")
    number = max(int(said), 1) if said.isdecimal() and len(said) < 7 else 1
    found = list(rows[(number - 1) * size : number * size + 1])
    return Paged(
        found[:size],
        number,
        _query(request, number - 1) if number > 1 else "",
        _query(request, number + 1) if len(found) > size else "",
    )


def _query(request: HttpRequest, number: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(number)
    return "?" + asked.urlencode()
