"""Messages of Git servers: what they are about, and whether they are signed."""

import json
from typing import Any

import pytest

from jobsmith.signatures import Message, is_signed
from jobsmith.sources.git.pushes import means, pushed_ref


def about(body: Any, **fields: Any) -> str:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return pushed_ref(Message(body=text, **fields))


def test_a_push_names_its_branch_or_tag() -> None:
    assert about({"ref": "refs/heads/main"}) == "refs/heads/main"
    assert about({"ref": "refs/tags/v1"}, event="Tag Push Hook") == "refs/tags/v1"
    form = b"payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%7D"
    assert about(form, is_form=True) == "refs/heads/main"


@pytest.mark.parametrize(
    "body",
    [
        *({"ref": "main"}, {"ref": "refs/heads/\u202emain"}, {"ref": ["refs/heads/main"]}),
        *({"zen": "Speak."}, [1], None, b"", b"\xff\xfe", b"[" * 100_000, b'{"ref": 1e999}'),
    ],
)
@pytest.mark.parametrize("is_form", [False, True])
def test_what_is_no_push_names_nothing(body: Any, is_form: bool) -> None:
    assert about(body, is_form=is_form) == ""


def test_other_events_are_no_push() -> None:
    assert about({"ref": "refs/heads/main"}, event="ping") == ""


def test_a_name_has_to_fit_whole() -> None:
    assert means("refs/heads/main", "main")
    assert not means("refs/heads/x/main", "main")
    assert not means("refs/heads/main", "mai")


def test_without_proof_nothing_is_signed() -> None:
    assert not is_signed(Message(body=b"x"), "secret")
    assert not is_signed(Message(body=b"x", signatures=[""], tokens=[""]), "secret")
    assert is_signed(Message(body=b"x", signatures=["", "no"], tokens=["secret"]), "secret")
