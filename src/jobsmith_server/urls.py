"""Addresses of the standalone server: Jobsmith at the root."""

from django.urls import include, path

urlpatterns = [path("", include("jobsmith.urls"))]
