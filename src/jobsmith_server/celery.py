"""The app of ``celery -A jobsmith_server worker``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsmith_server.settings.base")
django.setup()

from jobsmith.engines.celery.app import app  # noqa: E402

__all__ = ["app"]
