"""Commits and packs that no Git program would make. Nothing of them gets out of its folder."""

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.errors import SourceBroken
from jobsmith.sources import trees
from jobsmith.sources.git.fetch import Fetched, Look, Remote, fetch
from tests.integration.runner.conftest import wait_for
from tests.support.evil_git_server import (
    BLOB,
    OFS_DELTA,
    REF_DELTA,
    Evil,
    Thing,
    blob,
    commit,
    entry,
    evil_server,
    pack,
    tag,
    tree,
)
from tests.support.job_files import jobsmith_settings

TOKEN = "tok-canary-4711"
GOOD = blob(b"x = 1\n")
INNER = tree(("100644", b"b.py", GOOD))
TOP = tree(("100644", b"a.py", GOOD))
HEAD = commit(TOP)
DAMAGED = "The commit could not be fetched: what the server sent is damaged or incomplete."
TOO_MUCH = "The commit needs more memory to fetch than GIT_FETCH_MEMORY allows."
Entry = tuple[str, bytes, Thing]


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


def of(*entries: Entry) -> Evil:
    """A commit whose top folder has these entries."""
    top = tree(*entries)
    head = commit(top)
    return Evil(head.key, pack(head, top, GOOD, INNER))


@pytest.mark.parametrize(
    ("entries", "files", "problems"),
    [
        (
            [
                *(("40000", name, INNER) for name in (b".git", b".GIT", b".Git ")),
                *(("40000", name, INNER) for name in (b"git~1", b"GIT~2", b".g\xe2\x80\x8cit")),
                ("100644", b"ok.py", GOOD),
            ],
            {"ok.py"},
            {("bad_name", "git~1"), ("bad_name", "GIT~2"), ("bad_name", ".g?it")},
        ),
        (
            [
                *(("100644", name, GOOD) for name in (b"z.py", b"", b"a\xe2\x80\xaeyp.py")),
                *(("100644", name, GOOD) for name in (b"\x1b[31mred.py", b"a.py", b"x" * 300)),
            ],
            {"a.py", "z.py"},
            {
                *(("bad_name", name) for name in ("", "a?yp.py", "?[31mred.py")),
                ("bad_name", 100 * "x"),
            },
        ),
        (
            [
                *(("104755", b"suid.py", GOOD), ("60644", b"device", GOOD)),
                *(("10644", b"fifo", GOOD), ("140644", b"socket", GOOD), ("0", b"none", GOOD)),
            ],
            {"suid.py"},
            {("no_file", name) for name in ("device", "fifo", "socket", "none")},
        ),
    ],
    ids=["names like .git", "names that cannot be read", "modes of devices"],
)
def test_odd_entries_are_left_out(
    server: Any,
    tmp_path: Path,
    entries: list[Entry],
    files: set[str],
    problems: set[tuple[str, str]],
) -> None:
    found = get(server, of(*entries), tmp_path)
    assert set(found.files) == files
    assert {(each.code, each.file) for each in found.problems} == problems


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([("100644", b"a\0b.py", GOOD)], DAMAGED),
        ([("100644", b"a.py", GOOD), ("100755", b"a.py", GOOD)], "two entries called a.py."),
        ([("100644", b"a", GOOD), ("40000", b"a", INNER)], "two entries called a."),
        ([("40000", b"a", INNER), ("120000", b"a", GOOD)], "two entries called a."),
        ([("100644", b"a.py", INNER)], "A file of the commit is none."),
        ([("40000", b"a", GOOD)], "A folder of the commit is none."),
        ([("100644", b"a.py", blob(b"never sent"))], DAMAGED),
    ],
    ids=["NUL", "twice", "file and folder", "folder and link", "tree", "blob", "missing"],
)
def test_forged_trees_are_refused(server: Any, entries: list[Entry], said: str) -> None:
    assert refusal(server, of(*entries)).endswith(said)


def test_two_hundred_thousand_files_are_refused(server: Any) -> None:
    top = tree(*[("100644", b"f%06d.py" % number, GOOD) for number in range(200_000)])
    head = commit(top)
    said = refusal(server, Evil(head.key, pack(head, top, GOOD)))
    assert said == f"The commit holds more than {trees.MAX_FILES} files."


def test_a_huge_message_with_control_characters_becomes_one_plain_line(
    server: Any, tmp_path: Path
) -> None:
    text = b"\xe2\x80\xae\x1b[31mEvil\0\x07" * 200_000
    head = commit(TOP, message=text, author=b"\xe2\x80\xae\x1b[2J\xff")
    found = get(server, Evil(head.key, pack(head, TOP, GOOD)), tmp_path)
    assert found.summary.isprintable()
    assert 0 < len(found.summary) <= 200


LONG = b"\x80\x80\x04" + b"\x80\x80\x80\x80\x0a" + b"\x80" * 40_000
"""A delta that copies 64 KiB again and again: 2.6 GB of nothing."""


@pytest.mark.parametrize(
    ("evil", "said"),
    [
        (Evil(HEAD.key, pack(TOP, GOOD)), DAMAGED),
        (Evil(commit(GOOD).key, pack(commit(GOOD), GOOD)), "A folder of the commit is none."),
        (Evil(HEAD.key, pack(HEAD, TOP, GOOD, count=1_000_000)), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, GOOD, count=2)), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, raw=[entry(BLOB, b"y" * 1_000_000, 10)])), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, raw=[entry(BLOB, b"y", 2**40)])), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, GOOD)[:-1] + b"x"), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, GOOD)[:60]), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, raw=[entry(REF_DELTA, b"x", base=bytes(20))])), DAMAGED),
        (Evil(HEAD.key, pack(HEAD, TOP, raw=[entry(OFS_DELTA, b"x", base=b"\0")])), DAMAGED),
        (Evil(tag(GOOD, "blob").key, pack(tag(GOOD, "blob"), GOOD)), "stands for no commit."),
    ],
    ids=[
        *("no commit", "no tree", "more objects", "fewer objects", "smaller size", "larger size"),
        *("checksum", "half a pack", "no base", "its own base", "tag of a file"),
    ],
)
def test_packs_that_lie_are_refused(server: Any, evil: Evil, said: str) -> None:
    assert refusal(server, evil).endswith(said)


def test_tags_of_tags_without_end_are_refused(server: Any) -> None:
    chain = [tag(HEAD, "commit")]
    for _ in range(11):
        chain.append(tag(chain[-1], "tag"))
    evil = Evil(chain[-1].key, pack(HEAD, TOP, GOOD, *chain), ref=b"refs/tags/main")
    assert refusal(server, evil) == "That name stands for no commit."


@pytest.mark.parametrize(
    "raw",
    [
        lambda: entry(BLOB, bytes(150 * 1024**2)),
        lambda: entry(REF_DELTA, LONG, base=bytes.fromhex(blob(bytes(65536)).key)),
    ],
    ids=["zip bomb", "delta bomb"],
)
def test_objects_that_unpack_to_far_too_much_are_refused(
    server: Any, settings: Settings, raw: Any
) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_MEMORY=128 * 1024**2)
    evil = Evil(HEAD.key, pack(HEAD, TOP, GOOD, blob(bytes(65536)), raw=[raw()]))
    assert refusal(server, evil) == TOO_MUCH


def test_a_pack_without_end_is_cut_off(server: Any, settings: Settings) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_BYTES=2 * 1024**2)

    def endless() -> Iterable[bytes]:
        yield b"PACK" + struct.pack(">II", 2, 2**31)
        noise = os.urandom(60_000)
        while True:
            yield entry(BLOB, noise)[:60_000]

    said = refusal(server, Evil(HEAD.key, endless))
    assert said in (DAMAGED, "The commit takes more than 2 MiB to fetch.")


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
