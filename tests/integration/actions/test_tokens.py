"""Tokens are shown once, stored hashed, and refuse alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobsmith.actions.create_administrator import create_first_administrator
from jobsmith.actions.tokens import create_token, edit_token, revoke_token, token_user
from jobsmith.errors import InputsRefused, NotAllowed, UnknownToken
from jobsmith.models import Token
from tests.support.factories import grant, make_admin, make_user

pytestmark = pytest.mark.django_db


def test_a_token_finds_its_user_and_is_not_stored() -> None:
    user = make_user()
    token, text = create_token(user)
    assert token_user(text)[0] == user
    secret = text.partition(".")[2]
    assert secret not in str(Token.objects.filter(pk=token.pk).values())


@pytest.mark.parametrize("spoil", [lambda text: text + "x", lambda text: "x" + text, lambda _: ""])
def test_a_wrong_token_is_unknown(spoil) -> None:  # type: ignore[no-untyped-def]
    _, text = create_token(make_user())
    with pytest.raises(UnknownToken):
        token_user(spoil(text))


def test_an_expired_or_revoked_token_is_unknown() -> None:
    user = make_user()
    passing, expired = create_token(user, expires=timezone.now() + timedelta(hours=1))
    Token.objects.filter(pk=passing.pk).update(expires=timezone.now())
    token, revoked = create_token(user)
    revoke_token(user, str(token))
    for text in (expired, revoked):
        with pytest.raises(UnknownToken):
            token_user(text)


def test_a_token_of_a_disabled_user_is_unknown() -> None:
    user = make_user()
    _, text = create_token(user)
    user.is_active = False
    user.save()
    with pytest.raises(UnknownToken):
        token_user(text)


def test_only_an_empty_server_gets_an_administrator() -> None:
    first = create_first_administrator()
    assert first
    assert len(first) >= 12
    assert create_first_administrator("given") is None


def test_nobody_becomes_a_superuser_by_way_of_a_token() -> None:
    boss, clerk = make_admin(), make_user("clerk", "add_token", "change_token", "view_token")
    with pytest.raises(InputsRefused):
        create_token(boss, by=clerk)
    token, _ = create_token(boss, write_enabled=False)
    with pytest.raises(InputsRefused):
        edit_token(token, user=clerk, values={"write_enabled": True})
    assert list(Token.objects.values_list("write_enabled", flat=True)) == [False]
    made, _ = create_token(clerk, by=boss)
    assert edit_token(made, user=boss, values={"description": "x"}).description == "x"


def test_tokens_for_others_stay_within_the_makers_constraints() -> None:
    clerk, other = make_user("clerk"), make_user("other")
    for action in ("add", "view", "change"):
        grant(clerk, action, Token, {"description__startswith": "ci"})
    token, _ = create_token(other, by=clerk, description="ci one")
    with pytest.raises(NotAllowed):
        create_token(other, by=clerk, description="mine")
    with pytest.raises(NotAllowed):
        edit_token(token, user=clerk, values={"description": "mine"})
    assert list(Token.objects.values_list("description", flat=True)) == ["ci one"]


@pytest.mark.parametrize(
    "values",
    [{"expires": datetime(2001, 1, 1, tzinfo=UTC)}, {"description": "x" * 201}],
    ids=["expires", "description"],
)
def test_no_token_is_given_what_none_may_have(values: dict[str, Any]) -> None:
    user = make_user()
    token, _ = create_token(user)
    with pytest.raises(InputsRefused) as made:
        create_token(user, **values)
    with pytest.raises(InputsRefused) as edited:
        edit_token(token, user=user, values=values)
    assert made.value.errors == edited.value.errors
    assert made.value.errors.keys() == values.keys()


def test_a_token_that_has_expired_can_still_be_told_apart() -> None:
    user = make_user()
    token, _ = create_token(user, expires=timezone.now() + timedelta(hours=1))
    Token.objects.filter(pk=token.pk).update(expires=timezone.now())
    token.refresh_from_db()
    values = {"description": "the old one", "expires": token.expires}
    assert edit_token(token, user=user, values=values).description == "the old one"
