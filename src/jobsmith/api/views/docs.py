"""The description of this door for programs and for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from ..authentication import AUTHENTICATION, SignedIn

SETTINGS: dict[str, Any] = {
    "TITLE": "Jobsmith",
    "DESCRIPTION": "Jobs, their runs, logs and files.",
    "VERSION": "3.2",
    "SCHEMA_PATH_PREFIX": "/api/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_REQUEST": True,
}
"""Ours alone: a host's own drf-spectacular settings are left as they are."""

PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
)
"""Swagger UI sets styles in place; no other page may."""


class SchemaView(SpectacularAPIView):
    """The OpenAPI description, of these addresses only."""

    authentication_classes = AUTHENTICATION
    permission_classes = (SignedIn,)
    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2]
    throttle_classes = ()
    versioning_class = None
    schema = None
    custom_settings = SETTINGS
    serve_public = True
    urlconf = "jobsmith.api.described"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The addresses begin where the host has put them."""
        super().initial(request, *args, **kwargs)
        mount = reverse("jobsmith-api:root").removesuffix("/api/")
        if mount:
            self.custom_settings = {**SETTINGS, "SERVERS": [{"url": mount}]}


class DocsView(SpectacularSwaggerSplitView):
    """The description as a page that works offline."""

    authentication_classes = AUTHENTICATION
    permission_classes = (SignedIn,)
    throttle_classes = ()
    versioning_class = None
    schema = None
    url_name = "jobsmith-api:schema"
    title = "Jobsmith API"
    template_name = "jobsmith/api_docs.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Clients that ask here for the description itself are sent on to it."""
        if request.GET.get("format") == "openapi":
            return HttpResponsePermanentRedirect(reverse("jobsmith-api:swagger-json"))
        return super().dispatch(request, *args, **kwargs)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page has no description of its own."""
        return HttpResponse(headers={"Allow": "GET, HEAD, OPTIONS"})

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The page, or its script."""
        answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        answer["Content-Security-Policy"] = PAGE_POLICY
        if isinstance(answer.data, dict):
            answer.data["home"] = _home()
        return answer

    @staticmethod
    def _swagger_ui_resource(filename: str) -> str:
        return static(f"drf_spectacular_sidecar/swagger-ui-dist/{filename}")

    @staticmethod
    def _swagger_ui_favicon() -> str:
        return static("drf_spectacular_sidecar/swagger-ui-dist/favicon-32x32.png")


def _home() -> str:
    """Our pages, where the host shows them."""
    try:
        return reverse("jobsmith:index")
    except NoReverseMatch:
        return ""
