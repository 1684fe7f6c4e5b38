"""The way to the provider and back."""

import logging

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect.views import callback as finish
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET
from requests import RequestException

from jobsmith.web.page import public

from ..settings.sso import PROVIDER
from .errors import ProviderAway

logger = logging.getLogger(__name__)


@require_GET
@public
def start(request: HttpRequest) -> HttpResponseBase:
    """Off to the provider; ``next`` is where to go afterwards."""
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        wanted = resolve_url(settings.LOGIN_REDIRECT_URL)
    if request.user.is_authenticated:
        return redirect(wanted)
    provider = get_adapter().get_provider(request, PROVIDER)
    try:
        answer: HttpResponseBase = provider.redirect(request, process="login", next_url=wanted)
    except (RequestException, ValueError, KeyError) as error:
        logger.warning("The provider of the sign-in cannot be asked: %s", error)
        raise ProviderAway from error
    return answer


@require_GET
@public
def back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from the provider, with a code that is exchanged for who it was."""
    try:
        answer: HttpResponseBase = finish(request, provider_id)
    except (RequestException, ValueError, KeyError) as error:
        logger.warning("The provider of the sign-in said nothing useful: %s", error)
        raise ProviderAway from error
    return answer
