"""Rows narrowed, searched and ordered by named values."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from jobsmith.errors import JobsmithError
from jobsmith.policies import Actor

from .fields import NO_ROW, Filter, nothing, told
from .tables import FilterTable

CUSTOM_FIELD = nothing()
MOST_VALUES, MOST_PATTERNS = 500, 100
"""How often one filter may be repeated: with values to be equal to, and with others."""


class FiltersRefused(JobsmithError):
    """Some filters were refused."""

    code = "filters_refused"

    def __init__(self, errors: dict[str, list[str]]) -> None:
        """``errors`` maps filter names to sentences."""
        super().__init__()
        self.errors = errors


def narrowed(
    rows: QuerySet[Any],
    table: FilterTable,
    wanted: Iterable[tuple[str, Sequence[str]]],
    user: Actor,
) -> QuerySet[Any]:
    """The rows that match all filters; one filter's values are alternatives.

    ``wanted`` has names with their suffixes (``name__ic``). Related rows that the user cannot see
    match by their key only. Raises FiltersRefused.
    """
    rows = rows.alias(**table.aliases)
    matching: QuerySet[Any] = rows
    errors: dict[str, list[str]] = {}
    crosses = False
    for name, values in wanted:
        try:
            found, suffix = _find(table, name)
            matching = matching.filter(_condition(rows.model, found, suffix, values, user))
            crosses = crosses or found.many
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise FiltersRefused(errors)
    if crosses:
        matching = rows.filter(pk__in=matching.order_by().values("pk"))
    return matching


def searched(rows: QuerySet[Any], table: FilterTable, words: str, user: Actor) -> QuerySet[Any]:
    """The rows that hold the words in one of the columns that ``q`` searches.

    Of related rows only those count that the user may see.
    """
    words = words.strip()
    if not words:
        return rows
    terms = [told(rows.model, path, "icontains", words, user) for path in table.search]
    return rows.filter(reduce(or_, terms, NO_ROW))


def sorted_by(
    rows: QuerySet[Any],
    table: FilterTable,
    sort: str,
    wanted: Iterable[tuple[str, Sequence[str]]] = (),
) -> QuerySet[Any]:
    """In the order asked for (``name,-created``), with the key last so that pages do not overlap.

    Raises FiltersRefused.
    """
    order = []
    for name in filter(None, sort.split(",")):
        found = table.filters.get(name.removeprefix("-"))
        if found is None or not found.sortable:
            raise FiltersRefused({"sort": [f"Unknown sort field: {name}"]})
        order.append(("-" if name.startswith("-") else "") + found.paths[0])
    if not order:
        single = [table.orders[name] for name, values in wanted if _is_one(table, name, values)]
        if single:
            return rows.order_by(*single[0])
    default = rows.model._meta.ordering or ()
    return rows.order_by(*(order or default), "pk")


def _is_one(table: FilterTable, name: str, values: Sequence[str]) -> bool:
    return name in table.orders and len(values) == 1 and bool(values[0])


def _find(table: FilterTable, name: str) -> tuple[Filter, str]:
    base, _, suffix = name.rpartition("__") if "__" in name else (name, "", "")
    found = table.filters.get(base) or (CUSTOM_FIELD if base.startswith("cf_") else None)
    if found is None or suffix not in found.lookups:
        raise ValidationError("Unknown filter field")
    return found, suffix


def _condition(
    model: type[Model], found: Filter, suffix: str, values: Sequence[str], user: Actor
) -> Q:
    lookup, negated = found.lookups[suffix]
    cleaned = [found.clean(suffix, value) for value in values if value != ""]
    if not cleaned:
        return Q()
    _bound(cleaned, MOST_VALUES if lookup == "exact" else MOST_PATTERNS)
    terms = (found.term(model, path, lookup, cleaned, user) for path in found.paths)
    either = reduce(or_, terms, NO_ROW)
    return ~either if negated else either


def _bound(values: Sequence[Any], most: int) -> None:
    if len(values) > most:
        raise ValidationError(f"Send {most:,} values at most; these are {len(values):,}.")
