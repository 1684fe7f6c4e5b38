"""The envelope of lists: count, next, previous, results."""

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from jobsmith.conf import conf
from jobsmith.filters.pages import count_of, limited, page_of


class WirePagination(LimitOffsetPagination):
    """``limit`` and ``offset``; ``limit=0`` asks for the largest page, which also caps."""

    limit_query_param = "limit"
    offset_query_param = "offset"

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """The page asked for; what the view knows to be the count is not counted.

        Raises TooBroad when it takes too long.
        """
        self.request = request
        self.limit = self.get_limit(request)
        self.offset = self.get_offset(request)
        tally = getattr(view, "tally", None)
        known = tally(request) if tally else None
        with limited():
            self.count = count_of(queryset) if known is None else known
            return page_of(queryset, offset=self.offset, limit=self.limit, count=self.count)

    def get_limit(self, request: Request) -> int:
        """The page's size; what is no number counts as not given."""
        largest = conf().max_page_size
        try:
            limit = int(request.query_params["limit"])
        except (KeyError, ValueError):
            return min(conf().page_size, largest)
        if limit < 0:
            return min(conf().page_size, largest)
        return min(limit or largest, largest)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope in OpenAPI, without examples that name a host."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer"},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }
