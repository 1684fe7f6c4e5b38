"""The address that browsers listen to."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse

from jobsmith import policies
from jobsmith.conf import conf

from .feeds import FEEDS
from .hub import hub


async def run_stream(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Events ``lines``, ``run`` and ``end`` of a run; 501 where the server cannot hold streams."""
    if not isinstance(request, ASGIRequest):
        return JsonResponse({"detail": "This server cannot stream. Ask for lines."}, status=501)
    if not await sync_to_async(_may_watch)(request, pk):
        return JsonResponse({"detail": "No such run, or it is out of your reach."}, status=404)
    if hub().count >= conf().max_streams:
        return JsonResponse({"detail": "Too many live viewers. Ask for lines."}, status=503)
    feed = request.GET.get("feed", "log")
    watching = hub().watch(str(pk), feed if feed in FEEDS else "log", _after(request))
    response = StreamingHttpResponse(watching, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _may_watch(request: HttpRequest, pk: UUID) -> bool:
    """Look once, and do not keep a connection for as long as the stream lasts."""
    user: Any = request.user
    try:
        return user.is_authenticated and policies.results(user).filter(pk=pk).exists()
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _after(request: HttpRequest) -> int:
    said = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return int(said) if said.isdecimal() and len(said) < 12 else 0
