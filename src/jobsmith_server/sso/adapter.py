"""Who of the provider's people is whom here. Called by django-allauth."""

import logging
import re
from itertools import chain, count
from typing import Any, NoReturn, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest

from jobsmith.errors import JobsmithError
from jobsmith.web.page import refusal

from ..accounts.models import User
from ..settings.sso import Sso
from .errors import NoAccount, SignInFailed

logger = logging.getLogger(__name__)

NOT_IN_NAMES = re.compile(r"[^\w.@+-]")
"""What Django's own rule for user names leaves out."""
LONGEST_NAME = 140
"""Leaves room for a number within the 150 characters of a user name."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # untyped
    """Accounts without messages of their own: the page that follows says enough."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing."""


class Identities(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped
    """Lets in who has an account, or may get one, and keeps their groups as the provider says."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuse who has no account and may get none; users of theirs are looked up before."""
        if not sociallogin.is_existing:
            _connect(request, sociallogin)
        if sociallogin.is_existing:
            if not sociallogin.user.is_active:
                _refuse(request, NoAccount())
            _follow_groups(sociallogin)
        elif not _said().creates_users:
            _refuse(request, NoAccount())
        else:
            sociallogin.user.username = _free_name(_claims(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """A new user without a password, in the groups that the provider names."""
        user: User = super().save_user(request, sociallogin, form)
        _follow_groups(sociallogin)
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> NoReturn:
        """One page for whatever went wrong; what it was is for the log."""
        if error != AuthError.CANCELLED:
            logger.warning("Sign-in at the provider failed: %s", exception or "no such attempt")
        _refuse(request, SignInFailed())


def _said() -> Sso:
    """What the environment says; this module is loaded only where it says something."""
    return cast(Sso, settings.SSO)


def _refuse(request: HttpRequest, error: JobsmithError) -> NoReturn:
    raise ImmediateHttpResponse(refusal(request, error))


def _connect(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """The local user of that name, where the operator trusts the provider with names.

    Never a superuser, and never one who already signs in as somebody else of the provider's.
    """
    name = _claims(sociallogin).get("preferred_username")
    if _said().links != "username" or not isinstance(name, str):
        return
    users = User.objects.filter(username=name, is_superuser=False)
    user = users.exclude(pk__in=SocialAccount.objects.values("user")).first()
    if user is not None:
        sociallogin.connect(request, user)


def _free_name(claims: dict[str, Any]) -> str:
    """The name that the provider uses, with a number where somebody else has it here."""
    given = claims.get("preferred_username") or claims.get("email") or claims.get("sub")
    name = NOT_IN_NAMES.sub("", str(given))[:LONGEST_NAME] or "user"
    numbered = (f"{name}{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if not _is_taken(each))


def _is_taken(name: str) -> bool:
    return User.objects.filter(username__iexact=name).exists()


def _follow_groups(sociallogin: SocialLogin) -> None:
    """Only groups that exist here count; without the claim nothing changes."""
    claim = _said().groups_claim
    if not claim:
        return
    named = _claims(sociallogin).get(claim, [])
    names = [each for each in named if isinstance(each, str)] if isinstance(named, list) else []
    sociallogin.user.groups.set(Group.objects.filter(name__in=names))


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says of somebody: the answer of its userinfo, or else the ID token."""
    told = sociallogin.account.extra_data
    return dict(told.get("userinfo") or told.get("id_token") or {})
