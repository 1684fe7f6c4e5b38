"""Content types: JSON out, JSON and multipart in."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class WireJSONRenderer(JSONRenderer):
    """JSON with the settings of this dialect, whatever the host's say."""

    compact = True
    strict = True
    ensure_ascii = False


class WireNegotiation(DefaultContentNegotiation):
    """Accept header, or ``?format=``; a format we do not have is a 406."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> Any:
        """The renderer and the media type in force."""
        wanted = request.query_params.get("format", "")
        available = list(renderers)
        if wanted and wanted not in {each.format for each in available}:
            raise NotAcceptable(available_renderers=available)
        return super().select_renderer(request, available, format_suffix)
