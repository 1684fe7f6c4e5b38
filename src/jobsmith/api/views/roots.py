"""The roots of the tree, the server's status, and the answer for addresses that are not there."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import ClassVar

import django
from django.apps import apps
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from ..describing import described
from ..versions import CURRENT
from ..workers import count_live
from .base import WireView


class RootView(WireView):
    """Names of what lies below, and where."""

    below: ClassVar[dict[str, str]] = {}
    """Name of an address by its word."""

    @described(responses={200: dict[str, str]})
    def get(self, request: Request) -> Response:
        """A map of words to absolute addresses."""
        return Response(
            {
                word: request.build_absolute_uri(reverse(name))
                for word, name in sorted(self.below.items())
            }
        )


class ApiRootView(RootView):
    """The top of the tree."""

    below = {
        "extras": "jobsmith-api:extras-root",
        "graphql": "jobsmith-graphql:graphql",
        "status": "jobsmith-api:status",
        "users": "jobsmith-api:users-root",
    }


class ExtrasRootView(RootView):
    """Jobs and all that belongs to them."""

    below = {
        word: f"jobsmith-api:{name}-list"
        for word, name in {
            "file-proxies": "file-proxy",
            "git-repositories": "git-repository",
            "graphql-queries": "graphql-query",
            "job-buttons": "job-button",
            "job-hooks": "job-hook",
            "job-webhooks": "job-webhook",
            "job-logs": "job-log",
            "job-queue-assignments": "job-queue-assignment",
            "job-queues": "job-queue",
            "job-results": "job-result",
            "jobs": "job",
            "notes": "note",
            "notification-deliveries": "notification-delivery",
            "notification-rules": "notification-rule",
            "notifications": "notification",
            "object-changes": "object-change",
            "scheduled-jobs": "scheduled-job",
            "tags": "tag",
        }.items()
    }


class UsersRootView(RootView):
    """Users and what they may do."""

    below = {
        "groups": "jobsmith-api:group-list",
        "permissions": "jobsmith-api:permission-list",
        "tokens": "jobsmith-api:token-list",
        "users": "jobsmith-api:user-list",
    }


_Status = type(
    "StatusAnswer",
    (serializers.Serializer,),
    {
        "django-version": serializers.CharField(),
        "installed-apps": serializers.DictField(child=serializers.CharField(allow_null=True)),
        "nautobot-version": serializers.CharField(help_text="The version of the dialect."),
        "nautobot-apps": serializers.DictField(),
        "plugins": serializers.DictField(),
        "python-version": serializers.CharField(),
        "celery-workers-running": serializers.IntegerField(),
        "jobsmith-version": serializers.CharField(),
    },
)


class StatusView(WireView):
    """What runs here."""

    @described(responses=_Status)
    def get(self, request: Request) -> Response:
        """Versions, apps and how many workers are alive."""
        return Response(
            {
                "django-version": django.get_version(),
                "installed-apps": _installed_apps(),
                "nautobot-version": CURRENT,
                "nautobot-apps": {},
                "plugins": {},
                "python-version": platform.python_version(),
                "celery-workers-running": count_live(request.user),
                "jobsmith-version": version("jobsmith"),
            }
        )


def _installed_apps() -> dict[str, str | None]:
    names = sorted(config.name for config in apps.get_app_configs())
    return {name: _version(name) for name in names}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@csrf_exempt
def no_such_address(request: HttpRequest, rest: str = "") -> JsonResponse:
    """A JSON 404 for every address that nobody serves."""
    return JsonResponse({"detail": "Not found."}, status=404)
