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
        ("nothing to see", "nothing to see"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_secrets_of_the_run_are_taken_out_of_every_text() -> None:
    redactor = Redactor(secret_texts(["open sesame", {"in": ["hidden!"]}, "abc", 5]))
    value = {"a": ["say open sesame", 5], "hidden!": None, "b": "abc"}
    assert redactor.redact_json(value) == {
        "a": ["say (redacted)", 5],
        "(redacted)": None,
        "b": "abc",
    }
