"""Addresses of the shop; it has an API of its own."""

import os

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.contrib.staticfiles.views import serve
from django.http import JsonResponse
from django.urls import include, path, re_path
from django.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="shop/home.html"), name="index"),
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(template_name="shop/login.html"), name="sign_in"),
    path("api/", lambda _request: JsonResponse({"shop": "open"}), name="api"),
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
]

if os.environ.get("WITH_JOBSMITH"):
    urlpatterns += [path("jobs/", include("jobsmith.urls"))]  # line three
