"""Addresses below ``api/`` that are no views of this framework, as the description shows them.

These classes answer nothing: what answers is told beside each.
"""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..describing import described
from ..refusals import refusal
from .base import WireView

STREAM = [
    OpenApiParameter("feed", str, enum=["log", "console", "run"], description="Which lines."),
    OpenApiParameter("after", int, description="Only lines with a higher ``seq``."),
    OpenApiParameter(
        "Last-Event-ID",
        int,
        location=OpenApiParameter.HEADER,
        description="The same, as browsers send it.",
    ),
]


class Elsewhere(WireView):
    """A view of another kind: it takes no version and answers in one content type."""

    versioning_class = None  # type: ignore[assignment]


class StreamElsewhere(Elsewhere):
    """`jobsmith.api.views.stream.result_stream`."""

    @described(
        parameters=STREAM,
        responses={(200, "text/event-stream"): OpenApiTypes.STR, 501: refusal(501)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Server-sent events of a run: ``lines``, ``run`` and ``end``."""
        raise NotImplementedError


class Variables(serializers.Serializer[Any]):
    """The body of a request to run a saved query."""

    variables = serializers.DictField(required=False, allow_null=True)


class Query(Variables):
    """The body of a GraphQL request."""

    query = serializers.CharField()
    operationName = serializers.CharField(required=False, allow_null=True)  # noqa: N815


class Found(serializers.Serializer[Any]):
    """What a query found; where parts of it failed, with ``errors``."""

    data = serializers.DictField(allow_null=True)  # type: ignore[assignment]
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.DictField(), required=False
    )


class GraphQLElsewhere(Elsewhere):
    """`jobsmith.graphql.views.graphql`."""

    @described(request=Query, responses={200: Found, 501: refusal(501)})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a GraphQL query."""
        raise NotImplementedError


class SavedQueryElsewhere(Elsewhere):
    """`jobsmith.graphql.views.saved_query`."""

    @described(request=Variables, responses={200: Found, 501: refusal(501)})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer a saved query; ``variables`` go over those it was saved with."""
        raise NotImplementedError
