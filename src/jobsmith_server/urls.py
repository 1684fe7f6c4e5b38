"""Addresses of the standalone server: Jobsmith at the root, the inventory where it is in use."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("jobsmith.urls"))]

if apps.is_installed("jobsmith_server.inventory"):
    urlpatterns.insert(0, path("inventory/", include("jobsmith_server.inventory.urls")))

handler400 = "jobsmith.web.views.errors.bad_request"
handler403 = "jobsmith.web.views.errors.forbidden"
handler404 = "jobsmith.web.views.errors.not_found"
handler500 = "jobsmith.web.views.errors.server_error"
