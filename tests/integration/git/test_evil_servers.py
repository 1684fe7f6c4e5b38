"""Evil servers: where they lead, and what they say. What they send is in `evil_corpus`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobsmith.errors import SourceBroken
from jobsmith.sources import trees
from jobsmith.sources.git.fetch import Fetched, Look, Remote, fetch
from tests.integration.runner.conftest import wait_for
from tests.support.evil_corpus import GOOD, HEAD, INNER, TOP
from tests.support.evil_git_server import Evil, commit, evil_server, pack

TOKEN = "tok-canary-4711"


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with evil_server() as server:
        yield server


def get(server: Any, evil: Evil, tmp_path: Path) -> Fetched:
    """What is fetched, checked to stay within its folder."""
    server.evil = evil
    found = fetch(Remote(url=server.url(), ref="main", token=TOKEN))
    with trees.laid_out(found.files) as root:
        laid = [Path(folder, name) for folder, _, names in os.walk(root) for name in names]
        assert all(each.is_file() and not each.is_symlink() for each in laid)
        assert {str(each.relative_to(root)) for each in laid} == set(found.files)
    return found


def refusal(server: Any, evil: Evil) -> str:
    server.evil = evil
    with pytest.raises(SourceBroken) as caught:
        fetch(Remote(url=server.url(), ref="main", token=TOKEN))
    assert TOKEN not in caught.value.message
    assert caught.value.message.isprintable()
    return caught.value.message


def test_a_huge_message_with_control_characters_becomes_one_plain_line(
    server: Any, tmp_path: Path
) -> None:
    text = b"\xe2\x80\xae\x1b[31mEvil\0\x07" * 200_000
    head = commit(TOP, message=text, author=b"\xe2\x80\xae\x1b[2J\xff")
    found = get(server, Evil(head.key, pack(head, TOP, GOOD)), tmp_path)
    assert found.summary.isprintable()
    assert 0 < len(found.summary) <= 200


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://169.254.169.254/latest", "The address leads to 169.254.169.254, from where"),
        ("http://[::ffff:169.254.169.254]/", "The address leads to ::ffff:"),
        ("file:///etc/passwd", "could not be fetched"),
        ("ext::sh -c true", "could not be fetched"),
    ],
)
def test_redirects_lead_nowhere_else(server: Any, address: str, said: str) -> None:
    assert said in refusal(server, Evil(redirect=address))


def test_the_token_does_not_follow_a_redirect_to_another_server(server: Any) -> None:
    with evil_server() as other:
        other.evil = Evil(HEAD.key, pack(HEAD, TOP, GOOD, INNER))
        server.evil = Evil(redirect=f"{other.url()}/info/refs?service=git-upload-pack")
        server.credentials.clear()
        remote = Remote(url=server.url(), ref="main", token=TOKEN)
        fetch(remote)
        look = Look(remote)
        wait_for(lambda: look.is_over, 60)
        assert look.head() == HEAD.key
        assert all(server.credentials)
        assert len(other.credentials) >= 3
        assert not any(other.credentials)


@pytest.mark.parametrize(
    ("evil", "said"),
    [
        (Evil(error=b"\x1b[31m no " + TOKEN.encode()), "The server ended the connection."),
        (Evil(advertisement=lambda: [b"zzzz"]), "could not be fetched"),
        (Evil(HEAD.key, ref=b"refs/heads/main\x1b[31m"), "no branch, tag or commit called main."),
        (Evil(HEAD.key, ref=b"refs/heads/--upload-pack=x"), "or commit called main."),
        (Evil("0" * 40, ref=b"refs/heads/\xe2\x80\xaemain"), "or commit called main."),
    ],
    ids=["its own words", "no Git", "control characters", "option", "turned text"],
)
def test_what_a_server_says_is_not_repeated(server: Any, evil: Evil, said: str) -> None:
    assert said in refusal(server, evil)


def test_a_great_many_branches_are_read_past(server: Any, tmp_path: Path) -> None:
    others = (b"refs/heads/%d\x1b" % number for number in range(20_000))
    evil = Evil(HEAD.key, pack(HEAD, TOP, GOOD), more_refs=others)
    assert set(get(server, evil, tmp_path).files) == {"a.py"}
