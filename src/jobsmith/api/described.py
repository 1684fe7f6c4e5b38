"""The addresses that the OpenAPI description covers, as one URL configuration."""

from django.urls import include, path

from .views.elsewhere import GraphQLElsewhere, SavedQueryElsewhere, StreamElsewhere

urlpatterns = [
    path("api/extras/job-results/<uuid:pk>/stream/", StreamElsewhere.as_view()),
    path("api/extras/graphql-queries/<uuid:pk>/run/", SavedQueryElsewhere.as_view()),
    path("api/graphql/", GraphQLElsewhere.as_view()),
    path("api/", include("jobsmith.api.urls")),
]
