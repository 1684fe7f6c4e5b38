"""The live stream of a run for programs: the pages' stream, for whoever the header names."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from jobsmith.actions.authenticate import caller_of
from jobsmith.actions.tokens import still_counts
from jobsmith.errors import RETRY_SECONDS, JobsmithError
from jobsmith.streams.hub import always
from jobsmith.streams.view import run_stream, session_of

from ..versions import CURRENT

NOBODY = "Authentication credentials were not provided."


@csrf_exempt  # it only reads, and other methods are told so in JSON
async def result_stream(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Server-sent events of a run; a session counts where no header was sent."""
    answer = await _answer(request, pk)
    answer["API-Version"] = CURRENT
    return answer


async def _answer(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    try:
        signed_in = await sync_to_async(_sign_in)(request)
    except JobsmithError as refusal:
        headers = {"Retry-After": RETRY_SECONDS} if refusal.status == 503 else None
        return JsonResponse({"detail": refusal.message}, status=refusal.status, headers=headers)
    if signed_in is None:
        return JsonResponse({"detail": NOBODY}, status=403)
    return await run_stream(request, pk, signed_in=signed_in)


def _sign_in(request: HttpRequest) -> Callable[[], bool] | None:
    """How to tell later whether whoever asks is still signed in; None for nobody."""
    caller = caller_of(request)
    if caller is not None:
        request.user = caller.user  # type: ignore[assignment]
        token = caller.token
        return (lambda: still_counts(token)) if token else always
    user: Any = getattr(request, "user", None)
    return session_of(request) if user and user.is_authenticated else None
