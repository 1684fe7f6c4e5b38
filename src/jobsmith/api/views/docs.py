"""The description of this door for programs and for people."""

from typing import Any

from django.http import HttpResponsePermanentRedirect
from django.urls import reverse
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from ..authentication import AUTHENTICATION, SignedIn
from ..versions import DialectVersioning

SETTINGS: dict[str, Any] = {
    "TITLE": "Jobsmith",
    "DESCRIPTION": "Jobs, their runs, logs and files.",
    "VERSION": "3.2",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "ENUM_NAME_OVERRIDES": {},
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
    renderer_classes = (OpenApiJsonRenderer, OpenApiYamlRenderer)
    versioning_class = DialectVersioning
    throttle_classes = ()
    custom_settings = SETTINGS
    urlconf = "jobsmith.api.described"


class DocsView(SpectacularSwaggerSplitView):
    """The description as a page that works offline."""

    authentication_classes = AUTHENTICATION
    permission_classes = (SignedIn,)
    throttle_classes = ()
    url_name = "jobsmith-api:schema"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The page, its script, or where clients that ask for the description find it."""
        if request.query_params.get("format") == "openapi":
            return HttpResponsePermanentRedirect(reverse("jobsmith-api:swagger-json"))
        answer: Response = super().get(request, *args, **kwargs)
        answer["Content-Security-Policy"] = PAGE_POLICY
        return answer
