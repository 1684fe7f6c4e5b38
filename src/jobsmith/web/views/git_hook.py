"""Messages of Git servers: no page, but it stands below the same mount."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from jobsmith.actions.receive_push import Received, receive_push
from jobsmith.context import changing
from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import JobsmithError

from ..security import secured
from ..signed import message_of, refused


@csrf_exempt
@login_not_required
def git_hook(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Take a message; the signature is what lets it in."""
    if request.method != "POST":
        return secured(HttpResponseNotAllowed(("POST",)))
    try:
        with changing(door="orm", detail="webhook"):
            return secured(_told(receive_push(pk, message_of(request))))
    except JobsmithError as error:
        return secured(refused(error))
    except DATABASE_FAULTS as error:
        return secured(refused(database_refusal(error)))


def _told(received: Received) -> HttpResponseBase:
    result = received.result
    body = {"message": received.said, "job_result": str(result.pk) if result else None}
    return JsonResponse(body, status=202 if result else 200)
