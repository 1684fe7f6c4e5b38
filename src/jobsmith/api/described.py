"""The addresses that the OpenAPI description covers, as one URL configuration."""

from django.urls import include, path

urlpatterns = [path("api/", include("jobsmith.api.urls"))]
