"""All addresses of Jobsmith under one mount."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("jobsmith.graphql.urls")),
    path("api/", include("jobsmith.api.urls")),
    path("", include("jobsmith.web.urls")),
]
