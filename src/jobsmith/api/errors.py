"""Refusals and failures as HTTP answers, in one place."""

import logging
import sys
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.core.signals import got_request_exception
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import (
    RETRY_SECONDS,
    InputsRefused,
    JobsmithError,
    NotFound,
    NotReadable,
    PriorityRefused,
    QueueRefused,
    ScheduleRefused,
    TooLarge,
)

logger = logging.getLogger(__name__)

KEYS: dict[type[JobsmithError], str] = {
    QueueRefused: "task_queue",
    PriorityRefused: "priority",
}
"""Refusals that the dialect ties to a key of the body."""


def answer(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer for an exception raised in a view; the exception handler of every view here."""
    if isinstance(exc, DATABASE_FAULTS):
        exc = database_refusal(exc)
    if isinstance(exc, SuspiciousOperation):
        exc = TooLarge() if isinstance(exc, RequestDataTooBig) else NotReadable()
    if isinstance(exc, JobsmithError):
        set_rollback()
        return _refusal(exc)
    if isinstance(exc, ValidationError):
        set_rollback()
        return Response(_validation_body(exc), status=400)
    if isinstance(exc, ProtectedError):
        set_rollback()
        return Response({"detail": _protected_sentence(exc)}, status=409)
    if isinstance(exc, ObjectDoesNotExist):
        exc = Http404(str(exc))
    return exception_handler(exc, context) or _failure(exc, context)


def _refusal(exc: JobsmithError) -> Response:
    headers = {"Retry-After": RETRY_SECONDS} if exc.status == 503 else None
    return Response(_refusal_body(exc), status=exc.status, headers=headers)


def _refusal_body(exc: JobsmithError) -> dict[str, Any]:
    if isinstance(exc, InputsRefused):
        whole = exc.errors.get("__all__") if len(exc.errors) == 1 else None
        return {"errors": whole or exc.errors}
    if isinstance(exc, ScheduleRefused):
        return {"schedule": exc.errors}
    for kind, key in KEYS.items():
        if isinstance(exc, kind):
            return {key: [exc.message]}
    return {"detail": exc.message}


def _validation_body(exc: ValidationError) -> dict[str, list[str]]:
    if hasattr(exc, "error_dict"):
        return dict(exc.message_dict)
    return {"__all__": list(exc.messages)}


def _protected_sentence(exc: ProtectedError) -> str:
    count = len(exc.protected_objects)
    return f"Unable to delete object. {count} dependent objects were found."


def _failure(exc: Exception, context: dict[str, Any]) -> Response:
    """A plain 500: the details go to the log and to the host's error reporter, not to clients."""
    request = getattr(context.get("request"), "_request", None)
    logger.error("REST request failed", exc_info=sys.exc_info())
    got_request_exception.send(sender=None, request=request)
    set_rollback()
    body = {"error": "The server failed to answer.", "exception": type(exc).__name__}
    return Response(body, status=500)


def no_match(model_name: str) -> NotFound:
    """The refusal for a row that is not there, or is out of the caller's reach."""
    return NotFound(f"No {model_name} matches the given query.")
