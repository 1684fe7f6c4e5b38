"""Sign in and out, and the choice of light or dark."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.http.response import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from jobsmith.actions.sign_in import check_password
from jobsmith.conf import conf
from jobsmith.errors import TooManyAttempts

from ..forms import dress
from ..page import public
from ..security import secured
from ..shell import THEME_COOKIE, THEMES, Shell

YEAR = 365 * 24 * 3600


class SignInForm(AuthenticationForm):
    """Name and password, with the brake on guessing."""

    def clean(self) -> dict[str, Any]:
        """As the base, but the action looks at the password."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            self.user_cache = self._user(name, password)
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def _user(self, name: str, password: str) -> Any:
        try:
            user = check_password(self.request or HttpRequest(), user_name=name, password=password)
        except TooManyAttempts as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from refusal
        if user is None:
            raise self.get_invalid_login_error()
        return user


class SignIn(LoginView):
    """Name and password."""

    authentication_form = SignInForm
    template_name = "jobsmith/sign_in.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the base, with our headers."""
        return secured(super().dispatch(request, *args, **kwargs))

    def get_default_redirect_url(self) -> str:
        """The catalogue."""
        return reverse("jobsmith:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As the base, with the frame."""
        context = super().get_context_data(**kwargs)
        dress(context["form"])
        return context | {"shell": Shell(self.request), "ways": conf().sign_in_with}


class SignOut(LogoutView):
    """Only by POST, so that no link can do it."""

    def get_success_url(self) -> str:
        """Back to the sign-in page."""
        return reverse("jobsmith:sign_in")


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponseBase:
    """Keep the theme in a cookie; the page's own script does the same without a round trip."""
    back = request.META.get("HTTP_REFERER", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    response: HttpResponse = redirect(back if safe else reverse("jobsmith:index"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
