"""What every view of this door shares, set here so that a host's REST settings stay its own."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as BadValue
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from jobsmith import policies
from jobsmith.context import changing
from jobsmith.filters import FilterTable
from jobsmith.policies import Actor
from jobsmith.received import check_address

from ..authentication import AUTHENTICATION, SignedIn
from ..csv_lists import CsvRenderer
from ..describing import WireSchema
from ..errors import answer, no_match
from ..filtering import WireFilterBackend
from ..metadata import WireMetadata
from ..negotiation import WireJSONRenderer, WireNegotiation
from ..pagination import WirePagination
from ..parsers import BoundedJSONParser
from ..serializers import RecordSerializer, load
from ..shape import Shape, shape_of
from ..versions import DialectVersioning

Shown = list[dict[str, Any]]
"""Records as JSON; named here because a view's ``list`` hides the built-in one."""
Renderers = list[BaseRenderer]


FREE = ""
"""The right that everybody has who is signed in."""


class WireView(APIView):
    """Authentication, negotiation, version and errors of the dialect."""

    authentication_classes = AUTHENTICATION
    permission_classes = (SignedIn,)
    renderer_classes = (WireJSONRenderer,)
    parser_classes: Sequence[type[Any]] = (BoundedJSONParser,)
    throttle_classes = ()
    content_negotiation_class = WireNegotiation
    versioning_class = DialectVersioning
    metadata_class = WireMetadata
    schema = WireSchema()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; what the request changes is noted as made in it."""
        match = request.resolver_match
        route = match.view_name.replace("jobsmith-api:", "extras-api:") if match else ""
        with changing(door="web", detail=route):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse addresses that no database can look for, before anything is looked up."""
        check_address(request._request)
        super().initial(request, *args, **kwargs)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """All refusals in one place."""
        return answer

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Tell the version, where one was agreed."""
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        if getattr(request, "version", None):
            final["API-Version"] = str(request.version)
        return final


class RecordViewSet(WireView, GenericViewSet[Any]):
    """Reads of one kind of record: list and detail.

    ``rights`` names the right that an action asks for before any look-up, ``FREE`` where that is
    none; the rows it then works on come from `rows`. A contract test wants every action in it.
    """

    model: ClassVar[type[models.Model]]
    serializer_class: type[RecordSerializer]
    filters: ClassVar[FilterTable]
    rights: ClassVar[dict[str, str]] = {"list": "view", "retrieve": "view"}
    also: ClassVar[dict[str, tuple[str, type[models.Model]]]] = {}
    """A right to another kind of record that an action asks for beside its own."""
    filter_backends = (WireFilterBackend,)
    pagination_class = WirePagination
    lookup_value_regex = "[0-9a-fA-F-]+"

    def check_permissions(self, request: Request) -> None:
        """Signed in, and the rights are there at all."""
        super().check_permissions(request)
        action = self.action or ""
        if right := self.rights.get(action):
            policies.require(request.user, right, self.model)
        if action in self.also:
            policies.require(request.user, *self.also[action])

    def get_renderers(self) -> Renderers:
        """Lists come as CSV too."""
        known = super().get_renderers()
        return [*known, CsvRenderer()] if self.action == "list" else known

    def rows(self, user: Actor, right: str) -> QuerySet[Any]:
        """The rows on which the user has the right."""
        return policies.scoped(self.model, user, right)

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that the action may reach."""
        right = self.rights.get(self.action or "", "view")
        rows = self.rows(self.request.user, right)
        only_shown = self.action in ("list", "retrieve")
        return rows.defer(*self.serializer_class.unread) if only_shown else rows

    def get_object(self) -> Any:
        """The row of the address; unknown and out of reach are the same 404."""
        rows = self.get_queryset()
        field = self.model._meta.pk
        try:
            key = field.to_python(self.kwargs["pk"]) if field else None
        except BadValue as error:
            raise no_match(self.model.__name__) from error
        return self.found(rows.filter(pk=key))

    def found(self, rows: QuerySet[Any]) -> Any:
        """The only row."""
        record = rows.first()
        if record is None:
            raise no_match(self.model.__name__)
        return record

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of records."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.represent(page or ()))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One record."""
        return Response(self.represent([self.get_object()])[0])

    def represent(self, records: Sequence[Any], include: frozenset[str] = frozenset()) -> Shown:
        """Records as the request wants to see them."""
        return represent(records, self.serializer_class, self.request, include)

    def get_serializer_context(self) -> dict[str, Any]:
        """For the schema and OPTIONS: every key there may be."""
        return {**super().get_serializer_context(), "shape": Shape(everything=True), "memo": {}}


def represent(
    records: Sequence[Any],
    serializer: type[RecordSerializer],
    request: Request,
    include: frozenset[str] = frozenset(),
) -> Shown:
    """Records as JSON in the request's shape, related rows loaded in one go."""
    shape = shape_of(request, include=include)
    load(list(records), serializer, shape, request.user)
    context = {"request": request, "shape": shape, "memo": {}}
    return list(serializer(records, many=True, context=context).data)
