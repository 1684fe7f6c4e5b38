"""Settings of the standalone server.

Everything that may differ between two machines comes from the environment; state lies in
``JOBSMITH_HOME``.
"""

import os
from pathlib import Path
from typing import Any

from jobsmith.conf import Conf
from jobsmith_server.examples import are_examples, examples_folder, jobs_root, serves_examples

from .environment import (
    database,
    jobsmith_settings,
    mapping,
    one_of,
    secret_key,
    switch,
    text,
    words,
    writing,
)
from .sso import APPS, BACKENDS, sso
from .sso import MIDDLEWARE as SSO_MIDDLEWARE

HOME = Path(os.environ.get("JOBSMITH_HOME") or ".jobsmith").resolve()
JOBS_ROOT = jobs_root(HOME)
SERVES_EXAMPLES = serves_examples(JOBS_ROOT)

DEBUG = False
SECRET_KEY = secret_key(HOME)
# Health checks of this machine must work whatever names people type.
ALLOWED_HOSTS = [*words("JOBSMITH_ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = words("JOBSMITH_CSRF_TRUSTED_ORIGINS")

# Under plain HTTP a browser would never send a Secure cookie back, and nobody could sign in.
HTTPS = switch("JOBSMITH_HTTPS")
BEHIND_PROXY = switch("JOBSMITH_BEHIND_PROXY")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = int(text("JOBSMITH_HSTS_SECONDS", "0"))
# Workers have no request that could tell them the prefix, so it is a setting.
FORCE_SCRIPT_NAME = text("JOBSMITH_SCRIPT_NAME").rstrip("/") or None
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True

# Plugins read their own settings from here, each under its name.
PLUGINS = words("JOBSMITH_PLUGINS")
PLUGINS_CONFIG = mapping("JOBSMITH_PLUGINS_CONFIG")

# People may sign in at an OpenID Connect provider, beside or instead of by a password.
SSO = sso()
if SSO:
    globals().update(SSO.allauth)
    AUTHENTICATION_BACKENDS = [*BACKENDS]

INSTALLED_APPS = [
    "jobsmith_server.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "jobsmith",
    "jobsmith.web",
    *(["jobsmith_server.inventory"] if SERVES_EXAMPLES else []),
    *(APPS if SSO else ()),
    *words("JOBSMITH_APPS"),
    *PLUGINS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "jobsmith_server.cookies.OnlyTextCookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jobsmith.web.middleware.note_who_changes",
    *(SSO_MIDDLEWARE if SSO else ()),
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

DATABASES = {"default": database(HOME)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    with writing(HOME):
        (HOME / "db").mkdir(parents=True, exist_ok=True, mode=0o700)

AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "jobsmith:sign_in"
LOGIN_REDIRECT_URL = "jobsmith:index"
CSRF_FAILURE_VIEW = "jobsmith.web.views.errors.csrf_refused"
STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
USE_TZ = True
TIME_ZONE = text("JOBSMITH_TIME_ZONE", "UTC")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"foreign_hosts": {"()": "jobsmith_server.settings.foreign_hosts.OneLine"}},
    "formatters": {
        "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
        "json": {"()": "jobsmith_server.settings.json_lines.JsonLines"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": one_of("JOBSMITH_LOG_FORMAT", ("plain", "json")),
        }
    },
    "root": {"handlers": ["stderr"], "level": text("JOBSMITH_LOG_LEVEL", "WARNING").upper()},
    "loggers": {
        # Django's own handlers would say everything twice.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A 404 or a refused form is the visitor's business, not the operator's.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"filters": ["foreign_hosts"]},
    },
}

# Notifications go by mail through this server.
EMAIL_HOST = text("JOBSMITH_EMAIL_HOST", "localhost")
EMAIL_PORT = int(text("JOBSMITH_EMAIL_PORT", "25"))
EMAIL_HOST_USER = text("JOBSMITH_EMAIL_USER")
EMAIL_HOST_PASSWORD = text("JOBSMITH_EMAIL_PASSWORD")
EMAIL_USE_TLS = switch("JOBSMITH_EMAIL_TLS")
EMAIL_USE_SSL = switch("JOBSMITH_EMAIL_SSL")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("JOBSMITH_EMAIL_FROM", "jobsmith@localhost")

JOBSMITH: dict[str, Any] = {
    "JOBS_ROOT": JOBS_ROOT or (examples_folder() if SERVES_EXAMPLES else None),
    "ENABLED_ON_CREATE": ("folder",) if are_examples(JOBS_ROOT) else (),
    "COMMAND": "jobsmith",
    "TRACKED_MODELS": ("all",),
    "SIGN_IN_WITH": ((f"Sign in with {SSO.name}", "sso_start"),) if SSO else (),
    "PLACES": (("Devices", "inventory:devices", "inventory.device"),) if SERVES_EXAMPLES else (),
    **jobsmith_settings(),
    "HOME": HOME,
}

# A form of inputs of MAX_INPUT_BYTES, and what stands around them.
DATA_UPLOAD_MAX_MEMORY_SIZE = JOBSMITH.get("MAX_INPUT_BYTES", Conf().max_input_bytes) + 1024**2
