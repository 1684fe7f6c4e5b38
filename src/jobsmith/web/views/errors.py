"""Pages for addresses that lead nowhere and for what went wrong; hook them in the root URLs."""

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.templatetags.static import static

from ..page import failure
from ..security import secured

FOREIGN_HOST = "This server does not answer to that host name."


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    return secured(failure(request, 404, "No such page, or it is out of your reach."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403."""
    return secured(failure(request, 403, "You do not have permission to see this page."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400; clients of the APIs get JSON."""
    foreign = isinstance(exception, DisallowedHost)
    said = FOREIGN_HOST if foreign else "The request could not be understood."
    if foreign and "/api/" in request.path:
        return secured(JsonResponse({"detail": said}, status=400))
    return secured(failure(request, 400, said))


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """403 for a form without a valid token."""
    said = "The form was open too long or came from elsewhere. Go back, reload and send it again."
    return secured(failure(request, 403, said))


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500, without asking the database again: it may be what broke."""
    sheet = static("jobsmith/jobsmith.css")
    return secured(HttpResponse(SERVER_ERROR.format(sheet=sheet), status=500))


SERVER_ERROR = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Something broke · Jobsmith</title><link rel="stylesheet" href="{sheet}"></head>
<body class="jsm"><main class="jsm-main"><h1 class="jsm-h1">Something broke</h1>
<p class="jsm-lead">The server could not finish this request. It has been logged; try again.</p>
</main></body></html>"""
