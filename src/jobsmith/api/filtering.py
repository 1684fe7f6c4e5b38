"""Rows narrowed and ordered by a request's query parameters."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from jobsmith.filters import FiltersRefused, FilterTable, narrowed, searched, sorted_by

NOT_FILTERS = frozenset(
    {"api_version", "depth", "exclude_m2m", "format", "include", "limit", "offset", "q", "sort"}
)


def filters_of(request: Request) -> dict[str, list[str]]:
    """The filters that a request names, ``q`` among them."""
    shape = NOT_FILTERS - {"q"}
    return {name: values for name, values in request.query_params.lists() if name not in shape}


def only_key(given: dict[str, list[str]], *names: str) -> UUID | None:
    """The one key that a request filters by, where it filters by nothing else."""
    values = [value for name in names for value in given.get(name, ())]
    if len(values) != 1 or given.keys() - set(names):
        return None
    try:
        return UUID(values[0])
    except ValueError:
        return None


class WireFilterBackend(BaseFilterBackend):
    """The view's `FilterTable` over the query; what it does not know is a 400."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        """The rows that match all parameters, in the order asked for."""
        table: FilterTable | None = getattr(view, "filters", None)
        if table is None:
            return queryset
        wanted = [each for each in request.query_params.lists() if each[0] not in NOT_FILTERS]
        try:
            rows = narrowed(queryset, table, wanted, request.user)
            rows = searched(rows, table, request.query_params.get("q", ""), request.user)
            return sorted_by(rows, table, request.query_params.get("sort", ""), wanted)
        except FiltersRefused as refusal:
            raise serializers.ValidationError(refusal.errors) from refusal

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The plain parameters; each takes the suffixes described in the reference."""
        table: FilterTable | None = getattr(view, "filters", None)
        names = [*table.filters, "q", "sort"] if table else []
        text = {"type": "string"}
        return [{"name": name, "in": "query", "required": False, "schema": text} for name in names]
