"""The way every view answers: signed in, with our headers, and with refusals turned into pages."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import Resolver404, get_script_prefix, resolve, reverse

from jobsmith.context import changing
from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import JobsmithError, NotAllowed, NotFound
from jobsmith.received import check_address, check_fields

from .security import secured
from .shell import Shell
from .unseen import unseen_shown

View = Callable[..., HttpResponseBase]

METHODS = ("GET", "HEAD", "POST")
"""What pages answer to."""
TITLES = {
    400: "That did not work",
    403: "You may not do that",
    404: "Nothing here",
    405: "That is not possible here",
    409: "Too late",
    500: "Something broke",
    503: "Not just now",
}


def page(view: View) -> View:
    """A view for people who are signed in; others are sent to the sign-in page and back."""

    @wraps(view)
    def signed_in(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return secured(redirect_to_login(request.get_full_path(), _sign_in_address()))
        return public(view)(request, *args, **kwargs)

    return signed_in


def _sign_in_address() -> str:
    """The host's sign-in page, or ours where ``LOGIN_URL`` leads nowhere, as Django's own does."""
    address = resolve_url(settings.LOGIN_URL)
    if not address.startswith("/") or address.startswith("//"):
        return address
    path = urlsplit(address).path
    try:
        resolve(f"/{path.removeprefix(get_script_prefix()).lstrip('/')}")
    except Resolver404:
        return reverse("jobsmith:sign_in")
    return address


def public(view: View) -> View:
    """A view for everybody."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = _answer(view, request, args, kwargs)
        except JobsmithError as error:
            response = refusal(request, error)
        except Http404:
            response = refusal(request, NotFound())
        except PermissionDenied:
            response = refusal(request, NotAllowed())
        except DATABASE_FAULTS as error:
            response = refusal(request, database_refusal(error))
        return secured(response)

    return guarded


def data(view: View) -> View:
    """A view that scripts of ours ask: refusals are JSON, and nobody is redirected."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if not request.user.is_authenticated:
                return secured(JsonResponse({"detail": "Sign in first."}, status=401))
            response = _answer(view, request, args, kwargs)
        except JobsmithError as error:
            response = JsonResponse({"detail": error.message}, status=error.status)
        except DATABASE_FAULTS as error:
            told = database_refusal(error)
            response = JsonResponse({"detail": told.message}, status=told.status)
        return secured(response)

    return guarded


def _answer(
    view: View, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponseBase:
    """The view's answer; what it changes is noted as made in this request."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    route = request.resolver_match.view_name if request.resolver_match else ""
    check_address(request)
    check_fields(request.POST, request.FILES)
    with changing(door="web", detail=route):
        return view(request, *args, **kwargs)


def show(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    current: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render a page in its frame."""
    shell = Shell(request, current)
    told = list(get_messages(request)) if hasattr(request, "_messages") else []
    body = render_to_string(
        f"jobsmith/{template}", {"shell": shell, "told": told, **context}, request
    )
    return HttpResponse(unseen_shown(body), status=status)


def refusal(request: HttpRequest, error: JobsmithError) -> HttpResponse:
    """The page that says why not."""
    return failure(request, error.status, error.message)


def failure(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """A page for an answer that is not what was asked for."""
    title = TITLES.get(status, TITLES[400])
    home = reverse("jobsmith:index")
    context: dict[str, Any] = {"status": status, "title": title, "sentence": sentence}
    context["home"] = "" if request.path == home else home
    return show(request, "error.html", context, status=status)
