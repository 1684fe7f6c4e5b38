"""Secrets leave the text, in linear time."""

import pytest

from jobsmith.redact import Redactor, redact, secret_texts


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("password=hunter22 next", "password=(redacted) next"),
        ("PASSWORD: 'hunter22'", "PASSWORD: '(redacted)'"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer (redacted)"),
        ("https://bob:hunter22@example.org/x", "https://bob:(redacted)@example.org/x"),
        ("token jsm_ab12.cdefghij0123 here", "token (redacted) here"),
        ('{"api_key": "abc123"}', '{"api_key": "(redacted)"}'),
        ("private_key=abc123", "private_key=(redacted)"),
        ("nothing to see", "nothing to see"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, kept: str) -> None:
    assert redact(text) == kept


@pytest.mark.parametrize(
    "name", ["password", "DB_PASSWORD", "apiKey", "client-secret", "secret_key", "access_token"]
)
@pytest.mark.parametrize("value", ["hunter2", 1234, ["a", "b"], {"a": "b"}])
def test_a_key_that_names_a_secret_hides_its_value(name: str, value: object) -> None:
    assert Redactor().redact_json({name: value}) == {name: "(redacted)"}


def test_other_keys_and_what_is_no_value_stay() -> None:
    value = {
        **{"password": None, "token": "", "secret": [], "has_password": True},
        **{"password_policy": "strict", "max_tokens": 5, "key": "k", "passwordless": "yes"},
    }
    assert Redactor().redact_json(value) == value


def test_a_deep_secret_is_looked_for_in_every_layer() -> None:
    deep: object = "hidden!"
    for _ in range(5000):
        deep = [deep]
    assert secret_texts([deep]) == {"hidden!"}


def test_secrets_of_the_run_are_taken_out_of_every_text() -> None:
    redactor = Redactor(secret_texts(["open sesame", {"in": ["hidden!"]}, "abc", 5]))
    value = {"a": ["say open sesame", 5], "hidden!": None, "b": "abc"}
    assert redactor.redact_json(value) == {
        "a": ["say (redacted)", 5],
        "(redacted)": None,
        "b": "abc",
    }
