"""Answers that are saved, never shown: streamed, as attachments."""

from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header


def download(
    request: HttpRequest, pieces: Iterable[bytes], *, name: str, size: int | None = None
) -> StreamingHttpResponse:
    """Send ``pieces`` as a file.

    Always as plain bytes: whatever a job wrote must not run in a reader's browser.
    """
    body = _in_threads(iter(pieces)) if isinstance(request, ASGIRequest) else iter(pieces)
    response = StreamingHttpResponse(body, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    if size is not None:
        response["Content-Length"] = str(size)
    return response


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI Django would gather a plain iterator in memory before it sends anything."""
    step = sync_to_async(_next)
    while (piece := await step(pieces)) is not None:
        yield piece


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
