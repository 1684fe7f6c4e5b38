"""Messages that start jobs: no page, but it stands below the same mount."""

from dataclasses import replace

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from jobsmith.actions.receive_webhook import Delivered, receive_webhook
from jobsmith.context import changing
from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import JobsmithError
from jobsmith.signatures import Message

from ..security import secured
from ..signed import message_of, refused

_BEARER = "Bearer "


@csrf_exempt
@login_not_required
def job_hook(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Take a message; its signature or token is what lets it in."""
    if request.method != "POST":
        return secured(HttpResponseNotAllowed(("POST",)))
    try:
        with changing(door="orm", detail="webhook"):
            return secured(_told(receive_webhook(pk, _message(request))))
    except JobsmithError as error:
        return secured(refused(error))
    except DATABASE_FAULTS as error:
        return secured(refused(database_refusal(error)))


def _message(request: HttpRequest) -> Message:
    message, said = message_of(request), request.headers.get("Authorization", "")
    tokens = [said.removeprefix(_BEARER)] if said.startswith(_BEARER) else []
    return replace(message, tokens=[*message.tokens, *tokens])


def _told(delivered: Delivered) -> HttpResponseBase:
    body = {
        "message": delivered.said,
        "job_result": _key(delivered.result),
        "approval_workflow": _key(delivered.request),
    }
    return JsonResponse(body, status=202 if delivered.accepted else 200)


def _key(row: Model | None) -> str | None:
    return str(row.pk) if row else None
