"""Everybody's own account: password and tokens."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.save_user import change_own_password
from jobsmith.actions.sign_in import check_password
from jobsmith.errors import InputsRefused, TooManyAttempts

from ..forms import dress, refused
from ..page import page, show


def _password(label: str, kind: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": kind})
    return forms.CharField(label=label, strip=False, max_length=128, widget=widget, **more)


class PasswordForm(forms.Form):
    """The present password and a new one, typed twice."""

    present = _password("Present password", "current-password")
    password = _password("New password", "new-password")
    again = _password("New password again", "new-password")

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self._request = request

    def clean_present(self) -> None:
        """Guessing it is braked as at the sign-in."""
        name = self._request.user.get_username()
        said = self.cleaned_data["present"]
        try:
            known = check_password(self._request, user_name=name, password=said)
        except TooManyAttempts as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        if known is None or known.pk != self._request.user.pk:
            raise forms.ValidationError("This is not your present password.")

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        values = self.cleaned_data
        if "again" in values and values.get("password") != values["again"]:
            self.add_error("again", "The two passwords differ.")
        return values


@page
def account(request: HttpRequest) -> HttpResponseBase:
    """Who one is here, a new password, and one's own tokens."""
    user: Any = request.user
    form = PasswordForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _change(request, form):
        messages.success(request, "Your password is changed.", fail_silently=True)
        return redirect("jobsmith:account")
    context = {
        "user": user,
        "form": dress(form) if user.has_usable_password() else None,
        "tokens": policies.tokens(user).filter(user_id=user.pk).order_by("-created"),
        "groups": user.groups.order_by("name") if hasattr(user, "groups") else (),
        "email": getattr(user, get_user_model().get_email_field_name(), ""),
        "now": timezone.now(),
    }
    status = 400 if form.is_bound else 200
    return show(request, "access/account.html", context, current="account", status=status)


def _change(request: HttpRequest, form: PasswordForm) -> bool:
    user: Any = request.user
    try:
        changed: Any = change_own_password(user, password=form.cleaned_data["password"])
    except InputsRefused as error:
        refused(form, error)
        return False
    update_session_auth_hash(request, changed)
    return True
