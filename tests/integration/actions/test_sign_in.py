"""The brake on guessing passwords, and networks of tokens."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from jobsmith.actions import sign_in
from jobsmith.actions.tokens import create_token, token_user
from jobsmith.errors import InputsRefused, NotAllowed, TooManyAttempts, UnknownToken
from jobsmith.models import SignInFailure
from tests.support.factories import make_admin, make_user

pytestmark = pytest.mark.django_db


def attempt(password: str, name: str = "olga", address: str = "10.0.0.1") -> object:
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    return sign_in.check_password(request, user_name=name, password=password)


def test_guessing_is_stopped_even_with_the_right_password() -> None:
    user = make_user()
    for _ in range(sign_in.PER_NAME):
        assert attempt("wrong") is None
    with pytest.raises(TooManyAttempts):
        attempt("pw")
    assert attempt("pw", address="10.0.0.2") == user, "others are not locked out"
    SignInFailure.objects.update(time=timezone.now() - timedelta(minutes=16))
    assert attempt("pw") == user
    assert SignInFailure.objects.count() == 0, "a success clears the count"


def test_one_address_may_not_try_many_names() -> None:
    make_user()
    SignInFailure.objects.bulk_create(
        SignInFailure(user_name=f"n{n}", address="10.0.0.1") for n in range(sign_in.PER_ADDRESS)
    )
    with pytest.raises(TooManyAttempts):
        attempt("pw")
    SignInFailure.objects.update(time=timezone.now() - timedelta(hours=1))
    assert sign_in.forget_old_failures() == sign_in.PER_ADDRESS


@pytest.mark.django_db(transaction=True)
def test_many_attempts_at_once_are_counted_before_a_password_is_tried(monkeypatch) -> None:
    make_user()
    many, tried, together = 2 * sign_in.PER_NAME, [], Barrier(2 * sign_in.PER_NAME)

    def slowly(*_: object, **__: object) -> None:
        tried.append(1)
        with suppress(BrokenBarrierError):
            together.wait(3)

    def guess(_: int) -> bool:
        try:
            return attempt("wrong") is None
        except TooManyAttempts:
            together.abort()
            return False
        finally:
            connection.close()

    monkeypatch.setattr(sign_in, "authenticate", slowly)
    with ThreadPoolExecutor(many) as pool:
        assert sum(pool.map(guess, range(many))) == len(tried) <= sign_in.PER_NAME


def test_the_page_says_so(client: Client) -> None:
    make_user()
    for _ in range(sign_in.PER_NAME):
        client.post("/sign-in/", {"username": "olga", "password": "wrong"})
    page = client.post("/sign-in/", {"username": "olga", "password": "pw"})
    assert "Too many failed attempts" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_new_password_ends_the_sessions_of_the_old_one(client: Client) -> None:
    user = make_user("olga", "view_job")
    client.post("/sign-in/", {"username": "olga", "password": "pw"})
    assert client.get("/").status_code == 200
    user.set_password("another")
    user.save()
    assert client.get("/").status_code == 302


def test_a_token_holds_in_its_networks_only() -> None:
    user = make_user()
    _, text = create_token(user, allowed_networks=["10.0.0.0/8", "2001:db8::/32"])
    assert token_user(text, "10.2.3.4")[0] == user
    assert token_user(text, "::ffff:10.2.3.4")[0] == user
    assert token_user(text, "2001:db8::1")[0] == user
    for address in ("192.0.2.1", "", "nonsense"):
        with pytest.raises(UnknownToken):
            token_user(text, address)
    with pytest.raises(InputsRefused):
        create_token(user, allowed_networks=["10.0.0.1/8"])


def test_tokens_for_others_take_the_right() -> None:
    user = make_user()
    with pytest.raises(NotAllowed):
        create_token(user, by=make_user("other"))
    token, _ = create_token(user, by=make_admin())
    assert token.user == user
