"""Addresses of the standalone server: Jobsmith at the root."""

from django.urls import include, path

urlpatterns = [path("", include("jobsmith.urls"))]

handler400 = "jobsmith.web.views.errors.bad_request"
handler403 = "jobsmith.web.views.errors.forbidden"
handler404 = "jobsmith.web.views.errors.not_found"
handler500 = "jobsmith.web.views.errors.server_error"
