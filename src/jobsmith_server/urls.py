"""Addresses of the standalone server: Jobsmith at the root, further ones where they are in use."""

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("jobsmith.urls"))]

if apps.is_installed("jobsmith_server.inventory"):
    urlpatterns.insert(0, path("inventory/", include("jobsmith_server.inventory.urls")))

if settings.SSO:
    urlpatterns.insert(0, path("sso/", include("jobsmith_server.sso.urls")))

handler400 = "jobsmith.web.views.errors.bad_request"
handler403 = "jobsmith.web.views.errors.forbidden"
handler404 = "jobsmith.web.views.errors.not_found"
handler500 = "jobsmith.web.views.errors.server_error"
