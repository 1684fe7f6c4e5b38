"""Messages of Git servers: no page, but it stands below the same mount."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from jobsmith.actions.receive_push import Received, receive_push
from jobsmith.context import changing
from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import JobsmithError, TooLarge
from jobsmith.sources.git.pushes import Message

from ..security import secured

MAX_BODY = 2 * 1024**2
SIGNATURES = ("X-Gitea-Signature", "X-Forgejo-Signature", "X-Gogs-Signature")
EVENTS = ("X-GitHub-Event", "X-Gitea-Event", "X-Forgejo-Event", "X-Gitlab-Event")
_HUB = "sha256="


@csrf_exempt
@login_not_required
def git_hook(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Take a message; the signature is what lets it in."""
    if request.method != "POST":
        return secured(HttpResponseNotAllowed(("POST",)))
    try:
        with changing(door="orm", detail="webhook"):
            return secured(_told(receive_push(pk, _message(request))))
    except JobsmithError as error:
        return secured(_refused(error))
    except DATABASE_FAULTS as error:
        return secured(_refused(database_refusal(error)))


def _told(received: Received) -> HttpResponseBase:
    result = received.result
    body = {"message": received.said, "job_result": str(result.pk) if result else None}
    return JsonResponse(body, status=202 if result else 200)


def _refused(error: JobsmithError) -> HttpResponseBase:
    return JsonResponse({"detail": error.message}, status=error.status)


def _message(request: HttpRequest) -> Message:
    said = request.headers
    hub = said.get("X-Hub-Signature-256", "")
    return Message(
        body=_body(request),
        signatures=[
            *([hub.removeprefix(_HUB)] if hub.startswith(_HUB) else []),
            *(said[name] for name in SIGNATURES if name in said),
        ],
        tokens=[said["X-Gitlab-Token"]] if "X-Gitlab-Token" in said else [],
        event=next((said[name] for name in EVENTS if name in said), ""),
        is_form=request.content_type == "application/x-www-form-urlencoded",
    )


def _body(request: HttpRequest) -> bytes:
    """Never more than the cap, whatever length is announced."""
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise TooLarge("The message is larger than 2 MiB.")
    return body
