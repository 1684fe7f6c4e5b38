"""Notes who changes records in the host's own views: add it after Django's authentication."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject

from jobsmith.context import ChangeContext, in_context


@sync_and_async_middleware
def note_who_changes(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Changes that a request makes are its user's, and belong together."""
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            with in_context(_context(request)):
                response: HttpResponseBase = await get_response(request)
            return response

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        with in_context(_context(request)):
            response: HttpResponseBase = get_response(request)
        return response

    return answer


def _context(request: HttpRequest) -> ChangeContext:
    actor = SimpleLazyObject(lambda: getattr(request, "user", None))
    return ChangeContext(door="web", detail=request.path[:400], actor=actor)
