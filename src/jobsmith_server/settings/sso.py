"""Settings of the sign-in at an OpenID Connect provider; nothing where no provider is named."""

import importlib.util
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from .environment import one_of, switch, text

PROVIDER = "oidc"
"""The only one: its name is part of the address that the provider sends people back to."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sso:
    """What was said about the provider."""

    issuer: str
    name: str
    client_id: str
    client_secret: str
    creates_users: bool
    links: str
    """``never``, or ``username``: a first sign-in may take over the local user of that name."""
    groups_claim: str

    @property
    def allauth(self) -> dict[str, Any]:
        """Settings of django-allauth, for the top level."""
        app = {
            "provider_id": PROVIDER,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.client_secret,
            "settings": {"server_url": self.issuer},
        }
        return {
            "SOCIALACCOUNT_PROVIDERS": {
                "openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
            },
            "SOCIALACCOUNT_ADAPTER": "jobsmith_server.sso.adapter.Identities",
            "SOCIALACCOUNT_ONLY": True,
            "SOCIALACCOUNT_EMAIL_VERIFICATION": "none",
            "ACCOUNT_ADAPTER": "jobsmith_server.sso.adapter.Accounts",
            "ACCOUNT_EMAIL_VERIFICATION": "none",
            "ACCOUNT_SIGNUP_FIELDS": ["username*"],
            "ACCOUNT_UNIQUE_EMAIL": False,
        }


APPS = (
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
)
MIDDLEWARE = ("allauth.account.middleware.AccountMiddleware",)
BACKENDS = (
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
)


def sso() -> Sso | None:
    """What the environment says of a provider, or None; raises ImproperlyConfigured."""
    issuer = text("JOBSMITH_OIDC_ISSUER").rstrip("/")
    if not issuer:
        return None
    _check_address(issuer)
    if importlib.util.find_spec("allauth") is None:
        raise ImproperlyConfigured(
            'JOBSMITH_OIDC_ISSUER needs the extra sso: pip install "jobsmith[sso]".'
        )
    return Sso(
        issuer=issuer,
        name=text("JOBSMITH_OIDC_NAME", "single sign-on"),
        client_id=_needed("JOBSMITH_OIDC_CLIENT_ID"),
        client_secret=_needed("JOBSMITH_OIDC_CLIENT_SECRET"),
        creates_users=switch("JOBSMITH_OIDC_CREATE_USERS", default=True),
        links=one_of("JOBSMITH_OIDC_LINK", ("never", "username")),
        groups_claim=text("JOBSMITH_OIDC_GROUPS_CLAIM"),
    )


def _check_address(issuer: str) -> None:
    """What the provider says is believed because it was fetched over TLS."""
    parts = urlsplit(issuer)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise ImproperlyConfigured("JOBSMITH_OIDC_ISSUER must start with https://.")


def _needed(name: str) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"JOBSMITH_OIDC_ISSUER needs {name}, too.")
    return value
