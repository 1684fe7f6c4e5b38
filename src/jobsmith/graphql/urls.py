"""Addresses of the GraphQL door, below ``api/``."""

from django.urls import path

from .views import graphql, saved_query

app_name = "jobsmith-graphql"

urlpatterns = [
    path("graphql/", graphql, name="graphql"),
    path("extras/graphql-queries/<uuid:pk>/run/", saved_query, name="saved-query"),
]
