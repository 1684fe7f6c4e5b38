"""Settings of the standalone server.

Everything that may differ between two machines comes from the environment; state lies in
``JOBSMITH_HOME``.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url

HOME = Path(os.environ.get("JOBSMITH_HOME", ".jobsmith")).resolve()

DEBUG = False
SECRET_KEY = os.environ.get("JOBSMITH_SECRET_KEY", "")
ALLOWED_HOSTS = os.environ.get("JOBSMITH_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "jobsmith_server.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "jobsmith",
    "jobsmith.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "jobsmith_server.urls"
ASGI_APPLICATION = "jobsmith_server.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
}

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{HOME / 'db' / 'jobsmith.sqlite3'}"
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS

AUTH_USER_MODEL = "users.User"
LOGIN_URL = "jobsmith:sign_in"
LOGIN_REDIRECT_URL = "jobsmith:index"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = os.environ.get("TZ_NAME", "UTC")

JOBSMITH: dict[str, Any] = {
    "HOME": HOME,
    "JOBS_ROOT": os.environ.get("JOBSMITH_JOBS_ROOT") or None,
}
