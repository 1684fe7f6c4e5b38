"""The envelope of lists: count, next, previous, results."""

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from jobsmith.conf import conf


class WirePagination(LimitOffsetPagination):
    """``limit`` and ``offset``; ``limit=0`` asks for the largest page, which also caps."""

    limit_query_param = "limit"
    offset_query_param = "offset"

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
