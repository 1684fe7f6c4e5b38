"""The live stream of a run for programs: the pages' stream, for whoever the header names."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from jobsmith.actions.authenticate import caller_of
from jobsmith.errors import RETRY_SECONDS, JobsmithError
from jobsmith.streams.view import run_stream

NOBODY = "Authentication credentials were not provided."


async def result_stream(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Server-sent events of a run; a session counts where no header was sent."""
    try:
        signed_in = await sync_to_async(_sign_in)(request)
    except JobsmithError as refusal:
        headers = {"Retry-After": RETRY_SECONDS} if refusal.status == 503 else None
        return JsonResponse({"detail": refusal.message}, status=refusal.status, headers=headers)
    if not signed_in:
        return JsonResponse({"detail": NOBODY}, status=403)
    return await run_stream(request, pk)


def _sign_in(request: HttpRequest) -> bool:
    caller = caller_of(request)
    if caller is not None:
        request.user = caller.user  # type: ignore[assignment]
    user: Any = getattr(request, "user", None)
    return bool(user and user.is_authenticated)
