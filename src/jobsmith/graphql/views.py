"""The addresses that answer queries."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt

from jobsmith import policies
from jobsmith.actions.authenticate import caller_of
from jobsmith.conf import conf
from jobsmith.context import changing
from jobsmith.errors import (
    RETRY_SECONDS,
    BadBody,
    JobsmithError,
    NotReadable,
    SignedOut,
    TooLarge,
)
from jobsmith.models import GraphQLQuery
from jobsmith.policies import Actor
from jobsmith.received import check_address, check_fields, check_text, read_bounded, read_json

VERSION = "3.2"
NOBODY = "Authentication credentials were not provided."
MISSING = "GraphQL is not installed on this server. Install jobsmith[graphql]."

View = Callable[..., JsonResponse]


def _for_clients(view: View) -> View:
    """POST only, for a caller by header or by session; refusals are JSON."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> JsonResponse:
        answer = _guarded(view, request, kwargs)
        answer["API-Version"] = VERSION
        answer["Cache-Control"] = "no-store"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    return guarded


def _guarded(view: View, request: HttpRequest, kwargs: dict[str, Any]) -> JsonResponse:
    if request.method != "POST":
        text = f'Method "{request.method}" not allowed.'
        return JsonResponse({"detail": text}, status=405, headers={"Allow": "POST, OPTIONS"})
    try:
        check_address(request)
        user, may_write = _caller(request)
        route = request.resolver_match.view_name if request.resolver_match else ""
        with changing(door="web", detail=route):
            return view(request, user, may_write, **kwargs)
    except JobsmithError as refusal:
        return _refused(refusal)
    except RequestDataTooBig:
        return _refused(TooLarge())
    except (SuspiciousOperation, MultiPartParserError):
        return _refused(NotReadable())


def _refused(refusal: JobsmithError) -> JsonResponse:
    headers = {"Retry-After": RETRY_SECONDS} if refusal.status == 503 else None
    return JsonResponse({"detail": refusal.message}, status=refusal.status, headers=headers)


def _caller(request: HttpRequest) -> tuple[Actor, bool]:
    caller = caller_of(request)
    if caller is not None:
        return caller.user, caller.may_write
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        raise SignedOut(NOBODY)
    if _lacks_csrf_token(request):
        raise SignedOut("CSRF Failed: send the token of the page, or use an API token.")
    return user, True


def _lacks_csrf_token(request: HttpRequest) -> bool:
    """Whether a session's request comes without the token that only our pages know."""
    check = CsrfViewMiddleware(_nothing)
    check.process_request(request)
    return check.process_view(request, _nothing, (), {}) is not None


def _nothing(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({})


@_for_clients
def graphql(request: HttpRequest, user: Actor, may_write: bool) -> JsonResponse:
    """Answer the query in the body."""
    body = _body(request)
    return _answer(
        user,
        may_write,
        query=body.get("query"),
        variables=body.get("variables"),
        operation=body.get("operationName"),
    )


@_for_clients
def saved_query(request: HttpRequest, user: Actor, may_write: bool, *, pk: UUID) -> JsonResponse:
    """Answer a saved query; ``variables`` in the body go over those it was saved with."""
    policies.require(user, "view", GraphQLQuery)
    saved = policies.find(policies.viewable(GraphQLQuery, user), pk=pk)
    given = _body(request, "{}").get("variables")
    defaults = saved.variables if isinstance(saved.variables, dict) else {}
    variables = {**defaults, **given} if isinstance(given, dict) else given
    if given is None:
        variables = defaults
    return _answer(user, may_write, query=saved.query, variables=variables, operation=None)


def _answer(
    user: Actor, may_write: bool, *, query: Any, variables: Any, operation: Any
) -> JsonResponse:
    if not isinstance(query, str) or not query.strip():
        raise BadBody
    if variables is not None and not isinstance(variables, dict):
        raise BadBody("Variables must be an object.")
    if operation is not None and not isinstance(operation, str):
        raise BadBody("The operation's name must be a string.")
    try:
        engine = import_module("jobsmith.graphql.execute")
    except ImportError:
        return JsonResponse({"errors": [{"message": MISSING}]}, status=501)
    asked = engine.Asked(query=query, variables=variables or {}, operation=operation or None)
    answer = engine.run_query(asked, user=user, may_write=may_write)
    return JsonResponse(answer.body, status=answer.status)


def _body(request: HttpRequest, empty: str = "") -> dict[str, Any]:
    """What was sent; nothing counts as ``empty``."""
    kind = (request.content_type or "").lower()
    if kind == "application/graphql":
        query = read_bounded(request, conf().max_input_bytes).decode(errors="replace")
        check_text(query)
        return {"query": query}
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        check_fields(request.POST, request.FILES)
        variables = request.POST.get("variables", "")
        plain = {"query": request.POST.get("query"), "variables": _json(variables or "null")}
        return {**plain, "operationName": request.POST.get("operationName") or None}
    found = _json(read_bounded(request, conf().max_input_bytes) or empty)
    if not isinstance(found, dict):
        raise BadBody
    return found


def _json(text: str | bytes) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise BadBody from error
