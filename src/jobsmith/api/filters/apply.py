"""Rows narrowed and ordered by a request's query parameters."""

from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from .fields import NO_ROW, Filter, nothing
from .tables import FilterTable

NOT_FILTERS = frozenset(
    {"api_version", "depth", "exclude_m2m", "format", "include", "limit", "offset", "q", "sort"}
)
CUSTOM_FIELD = nothing()


class WireFilterBackend(BaseFilterBackend):
    """The view's `FilterTable` over the query; what it does not know is a 400."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        """The rows that match all parameters, in the order asked for."""
        table: FilterTable | None = getattr(view, "filters", None)
        if table is None:
            return queryset
        queryset = _filtered(queryset.alias(**table.aliases), request, table)
        queryset = _searched(queryset, request.query_params.get("q", "").strip(), table)
        return _sorted(queryset, request.query_params.get("sort", ""), table)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The plain parameters; each takes the suffixes described in the reference."""
        table: FilterTable | None = getattr(view, "filters", None)
        names = [*table.filters, "q", "sort"] if table else []
        text = {"type": "string"}
        return [{"name": name, "in": "query", "required": False, "schema": text} for name in names]


def _filtered(queryset: QuerySet[Any], request: Request, table: FilterTable) -> QuerySet[Any]:
    errors: dict[str, list[str]] = {}
    crosses = False
    for name, values in request.query_params.lists():
        if name in NOT_FILTERS:
            continue
        try:
            found, suffix = _find(table, name)
            queryset = queryset.filter(_condition(found, suffix, values))
            crosses = crosses or found.many
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise serializers.ValidationError(errors)
    return queryset.distinct() if crosses else queryset


def _find(table: FilterTable, name: str) -> tuple[Filter, str]:
    base, _, suffix = name.rpartition("__") if "__" in name else (name, "", "")
    found = table.filters.get(base) or (CUSTOM_FIELD if base.startswith("cf_") else None)
    if found is None or suffix not in found.lookups:
        raise ValidationError("Unknown filter field")
    return found, suffix


def _condition(found: Filter, suffix: str, values: list[str]) -> Q:
    lookup, negated = found.lookups[suffix]
    cleaned = [found.clean(suffix, value) for value in values if value != ""]
    if not cleaned:
        return Q()
    terms = [found.term(path, lookup, value) for value in cleaned for path in found.paths]
    either = reduce(or_, terms, NO_ROW)
    return ~either if negated else either


def _searched(queryset: QuerySet[Any], words: str, table: FilterTable) -> QuerySet[Any]:
    if not words:
        return queryset
    terms = [Q(**{f"{path}__icontains": words}) for path in table.search]
    return queryset.filter(reduce(or_, terms, NO_ROW))


def _sorted(queryset: QuerySet[Any], sort: str, table: FilterTable) -> QuerySet[Any]:
    """In the order asked for, with the key as the last word so that pages do not overlap."""
    names = [name for name in sort.split(",") if name]
    order = []
    for name in names:
        found = table.filters.get(name.removeprefix("-"))
        if found is None or not found.sortable:
            raise serializers.ValidationError({"sort": [f"Unknown sort field: {name}"]})
        order.append(("-" if name.startswith("-") else "") + found.paths[0])
    default = queryset.model._meta.ordering or ()
    return queryset.order_by(*(order or default), "pk")
