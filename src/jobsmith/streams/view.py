"""The address that browsers listen to."""

from collections.abc import Callable
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.core.handlers.asgi import ASGIRequest
from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse

from jobsmith import policies
from jobsmith.conf import conf
from jobsmith.errors import RETRY_SECONDS, Busy, JobsmithError
from jobsmith.models import JobResult
from jobsmith.policies import Actor
from jobsmith.received import check_address

from .feeds import FEEDS, LOG, Feed
from .hub import always, hub

RUN_ONLY = "run"
"""The word for no lines at all."""


async def run_stream(
    request: HttpRequest, pk: UUID, *, signed_in: Callable[[], bool] | None = None
) -> HttpResponseBase:
    """Events ``lines``, ``run`` and ``end`` of a run; 501 where the server cannot hold streams.

    ``signed_in`` tells later whether whoever asks still is who they were; else their session does.
    """
    if request.method != "GET":
        return _refused(405, f'Method "{request.method}" not allowed.', Allow="GET")
    if not isinstance(request, ASGIRequest):
        return _refused(501, "This server cannot stream. Ask for lines.")
    name = request.GET.get("feed", "")
    name = name if name in FEEDS or name == RUN_ONLY else LOG.name
    feed = FEEDS.get(name)
    signed_in = signed_in or await sync_to_async(session_of)(request)
    refused = await sync_to_async(_look_once)(request, pk, feed)
    if refused is not None:
        return refused
    if hub().count >= conf().max_streams:
        return _refused(503, "Too many live viewers. Ask for lines.")
    user: Actor = request.user
    watching = hub().watch(
        str(pk), name, _after(request), lambda: signed_in() and _still_may(user, pk, feed)
    )
    response = StreamingHttpResponse(watching, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def session_of(request: HttpRequest) -> Callable[[], bool]:
    """How to tell later whether the session of a request still is that of its user.

    A host may know its users by something else than sessions: then nothing can be told.
    """
    session = getattr(request, "session", None)
    if session is None or request.user.pk is None:
        return always

    def lasts() -> bool:
        later = HttpRequest()
        later.session = type(session)(session.session_key)
        return bool(get_user(later).pk == request.user.pk)

    return lasts if lasts() else always


def _look_once(request: HttpRequest, pk: UUID, feed: Feed | None) -> JsonResponse | None:
    """Look for reasons to refuse; keep no connection for as long as the stream lasts."""
    try:
        check_address(request)
        if not request.user.is_authenticated:
            return _refused(401, "Sign in first.")
        _admit(request.user, pk, feed)
        if feed and not policies.reaches_all(request.user, "view", feed.model):
            return _refused(501, "Some lines are out of your reach, so they cannot be streamed.")
    except JobsmithError as error:
        return _refused(error.status, error.message)
    except Error:
        return _refused(Busy.status, Busy().message)
    finally:
        if not connection.in_atomic_block:
            connection.close()
    return None


def _admit(user: Actor, pk: UUID, feed: Feed | None) -> None:
    """Raise unless the user may see the run and has the right to lines of that kind."""
    policies.require(user, "view", JobResult)
    if feed is not None:
        policies.require(user, "view", feed.model)
    policies.find(policies.results(user).only("pk"), pk=pk)


def _still_may(user: Actor, pk: UUID, feed: Feed | None) -> bool:
    """The same, by the rights as they stand now."""
    now = policies.as_of_now(user)
    try:
        _admit(now, pk, feed)
    except JobsmithError:
        return False
    return feed is None or policies.reaches_all(now, "view", feed.model)


def _refused(status: int, sentence: str, **headers: str) -> JsonResponse:
    response = JsonResponse({"detail": sentence}, status=status, headers=headers)
    if status == Busy.status:
        response["Retry-After"] = RETRY_SECONDS
    return response


def _after(request: HttpRequest) -> int:
    said = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return int(said) if said.isdecimal() and len(said) < 12 else 0
