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

    Counted for a name only together with the address, so that nobody can lock others out. An
    attempt counts before its password is looked at, so that many at once are counted as well.
    """
    address = request.META.get("REMOTE_ADDR") or None
    name = user_name.lower()[:150]
    _refuse_guessing(name, address, _count_attempt(name, address))
    user = authenticate(request, username=user_name, password=password)
    if user is not None:
        SignInFailure.objects.filter(user_name=name, address=address).delete()
    return user


def forget_old_failures() -> int:
    """Delete what no longer counts; returns how many there were."""
    count, _ = SignInFailure.objects.filter(time__lt=timezone.now() - WINDOW).delete()
    return count


def _count_attempt(user_name: str, address: str | None) -> SignInFailure | None:
    try:
        return SignInFailure.objects.create(user_name=user_name, address=address)
    except OperationalError:
        return None  # a locked database must not turn a wrong password into an error page


def _refuse_guessing(user_name: str, address: str | None, attempt: SignInFailure | None) -> None:
    others = SignInFailure.objects.filter(time__gte=timezone.now() - WINDOW)
    others = others.filter(Q(address=address) if address else Q(address=None))
    others = others.exclude(pk=attempt.pk) if attempt else others
    if others.filter(user_name=user_name).count() < PER_NAME and others.count() < PER_ADDRESS:
        return
    if attempt:
        attempt.delete()  # what was not tried does not count
    raise TooManyAttempts
