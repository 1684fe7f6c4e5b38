"""Sign in by name and password, with a brake on guessing."""

from datetime import timedelta

from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from jobsmith.errors import TooManyAttempts
from jobsmith.models import SignInFailure

WINDOW = timedelta(minutes=15)
PER_NAME = 10
"""Wrong passwords for one name in the window, from one address."""
PER_ADDRESS = 50
"""Wrong passwords from one address in the window, whatever the names."""


def check_password(
    request: HttpRequest, *, user_name: str, password: str
) -> AbstractBaseUser | None:
    """The user with that password, or None; raises TooManyAttempts.

    Counted for a name only together with the address, so that nobody can lock others out.
    """
    address = request.META.get("REMOTE_ADDR") or None
    _refuse_guessing(user_name.lower(), address)
    user = authenticate(request, username=user_name, password=password)
    if user is None:
        _note_failure(user_name.lower(), address)
    else:
        SignInFailure.objects.filter(user_name=user_name.lower(), address=address).delete()
    return user


def forget_old_failures() -> int:
    """Delete what no longer counts; returns how many there were."""
    count, _ = SignInFailure.objects.filter(time__lt=timezone.now() - WINDOW).delete()
    return count


def _refuse_guessing(user_name: str, address: str | None) -> None:
    recent = SignInFailure.objects.filter(time__gte=timezone.now() - WINDOW)
    recent = recent.filter(Q(address=address) if address else Q(address=None))
    if recent.filter(user_name=user_name).count() >= PER_NAME or recent.count() >= PER_ADDRESS:
        raise TooManyAttempts


def _note_failure(user_name: str, address: str | None) -> None:
    try:
        SignInFailure.objects.create(user_name=user_name[:150], address=address)
    except OperationalError:
        return  # a locked database must not turn a wrong password into an error page
