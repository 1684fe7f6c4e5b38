"""Answers that are sent piece by piece, and files that are only ever saved."""

from collections.abc import AsyncIterator, Iterable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from jobsmith.errors import NotFound
from jobsmith.models import JobFile

PIECE = 256 * 1024


def in_pieces(
    request: HttpRequest, pieces: Iterable[bytes], content_type: str
) -> StreamingHttpResponse:
    """Send ``pieces`` as they come."""
    body = _in_threads(iter(pieces)) if isinstance(request, ASGIRequest) else iter(pieces)
    response = StreamingHttpResponse(body, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def download(
    request: HttpRequest, pieces: Iterable[bytes], *, name: str, size: int | None = None
) -> StreamingHttpResponse:
    """Send ``pieces`` as a file.

    Always as plain bytes: whatever a job wrote must not run in a reader's browser.
    """
    response = in_pieces(request, pieces, "application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    if size is not None:
        response["Content-Length"] = str(size)
    return response


def stored_file(request: HttpRequest, file: JobFile) -> StreamingHttpResponse:
    """Send a file of a run; NotFound when it is no longer in storage."""
    try:
        size = file.file.size
    except OSError as error:
        raise NotFound("The file is no longer in storage.") from error
    return download(request, _pieces_of(file), name=file.name, size=size)


def _pieces_of(file: JobFile) -> Iterator[bytes]:
    """Opened when the first is asked for: an answer that nobody reads leaves nothing open."""
    with file.file.open("rb") as content:
        while piece := content.read(PIECE):
            yield piece


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI Django would gather a plain iterator in memory before it sends anything."""
    step = sync_to_async(_next)
    while (piece := await step(pieces)) is not None:
        yield piece


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
