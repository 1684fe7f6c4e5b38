"""Addresses of the sign-in at a provider. django-allauth knows the second one by its name."""

from django.urls import path

from . import views

urlpatterns = [
    path("start/", views.start, name="sso_start"),
    path("<slug:provider_id>/back/", views.back, name="openid_connect_callback"),
]
