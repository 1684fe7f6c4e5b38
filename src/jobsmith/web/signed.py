"""Signed messages of other systems: no page takes them, but they come in below the same mount."""

from http import HTTPStatus

from django.http import HttpRequest, JsonResponse

from jobsmith.errors import InputsRefused, JobsmithError, TooLarge
from jobsmith.signatures import Message

MAX_BODY = 2 * 1024**2
SIGNATURES = ("X-Gitea-Signature", "X-Forgejo-Signature", "X-Gogs-Signature")
EVENTS = ("X-GitHub-Event", "X-Gitea-Event", "X-Forgejo-Event", "X-Gitlab-Event")
IDS = (
    *("Webhook-Id", "X-GitHub-Delivery", "X-Gitea-Delivery", "X-Forgejo-Delivery"),
    *("X-Gitlab-Event-UUID", "Idempotency-Key"),
)
_HUB = "sha256="


def message_of(request: HttpRequest) -> Message:
    """What was sent, with all that may show where it comes from; raises TooLarge."""
    said = request.headers
    hub = said.get("X-Hub-Signature-256", "")
    return Message(
        body=_body(request),
        signatures=[
            *([hub.removeprefix(_HUB)] if hub.startswith(_HUB) else []),
            *(said[name] for name in SIGNATURES if name in said),
        ],
        tokens=[said["X-Gitlab-Token"]] if "X-Gitlab-Token" in said else [],
        standard=said.get("Webhook-Signature", ""),
        id=next((said[name] for name in IDS if name in said), ""),
        timestamp=said.get("Webhook-Timestamp", ""),
        event=next((said[name] for name in EVENTS if name in said), ""),
        is_form=request.content_type == "application/x-www-form-urlencoded",
    )


def refused(error: JobsmithError) -> JsonResponse:
    """What the sender is told."""
    told = {"detail": error.message, "code": error.code}
    more = {"errors": error.errors} if isinstance(error, InputsRefused) else {}
    answer = JsonResponse({**told, **more}, status=error.status)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer["Retry-After"] = "60"
    return answer


def _body(request: HttpRequest) -> bytes:
    """Never more than the cap, whatever length is announced."""
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise TooLarge("The message is larger than 2 MiB.")
    return body
