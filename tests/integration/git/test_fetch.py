"""Commits fetched from a real Git server, good ones and evil ones."""

import os
import socket
import tempfile
import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.errors import SourceBroken
from jobsmith.sources import trees
from jobsmith.sources.git.fetch import Fetched, Remote, fetch
from tests.support.git_server import GitFolder, GitServer
from tests.support.job_files import jobsmith_settings

from .conftest import TOKEN


def get(server: GitServer, ref: str = "main", token: str = TOKEN, name: str = "nets") -> Fetched:
    return fetch(Remote(url=server.url(name), ref=ref, token=token))


def refusal(server: GitServer, ref: str = "main", token: str = TOKEN, name: str = "nets") -> str:
    with pytest.raises(SourceBroken) as caught:
        get(server, ref, token, name)
    return caught.value.message


def test_a_commit_becomes_plain_files(folder: GitFolder, server: GitServer) -> None:
    folder.write({"run.sh": "#!/bin/sh\n"})
    (folder.path / "run.sh").chmod(0o755)
    head = folder.commit({"__init__.py": "", "jobs/__init__.py": "x = 1\n"}, "First\n\nMore.")
    found = get(server)
    assert (found.head, found.summary, found.problems) == (head, "First", ())
    assert {name: file.content for name, file in found.files.items()} == {
        "__init__.py": b"",
        "jobs/__init__.py": b"x = 1\n",
        "run.sh": b"#!/bin/sh\n",
    }
    assert [name for name, file in found.files.items() if file.executable] == ["run.sh"]


def test_branches_tags_and_commits_are_found(folder: GitFolder, server: GitServer) -> None:
    first = folder.commit({"a.py": "1\n"})
    folder.git("tag", "-a", "v1", "-m", "One")
    folder.git("tag", "light")
    second = folder.commit({"a.py": "2\n"})
    folder.git("branch", "team/next", first)
    heads = {ref: get(server, ref).head for ref in ("main", "v1", "light", "team/next", first)}
    assert heads == {"main": second, "v1": first, "light": first, "team/next": first, first: first}


def test_only_the_wanted_commit_is_fetched(folder: GitFolder, server: GitServer) -> None:
    folder.commit({"big.bin": os.urandom(1_000_000)})
    folder.commit({"big.bin": None, "a.py": "1\n"})
    assert set(get(server).files) == {"a.py"}


@pytest.mark.parametrize("token", ["", "wrong-token-77"])
def test_a_wrong_token_is_said_and_never_shown(
    folder: GitFolder, server: GitServer, token: str
) -> None:
    folder.commit({"a.py": "1\n"})
    assert refusal(server, token=token) == "The server refused the user name or the token."
    assert not any(TOKEN in each for each in server.asked)


def test_missing_repositories_and_branches_are_said(folder: GitFolder, server: GitServer) -> None:
    assert refusal(server) == "The repository has no commit yet."
    folder.commit({"a.py": "1\n"})
    assert refusal(server, "gone") == "The repository has no branch, tag or commit called gone."
    assert "no Git repository at that address" in refusal(server, name="other")
    assert "could not be fetched" in refusal(server, "0" * 40)


def test_a_server_that_says_nothing_is_given_up(settings: Settings) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_SECONDS=2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        with pytest.raises(SourceBroken, match="Fetching took longer than 2 s"):
            fetch(Remote(url=f"http://127.0.0.1:{port}/x", ref="main"))


def test_a_server_without_tls_is_named(folder: GitFolder, server: GitServer) -> None:
    address = server.url("nets").replace("http:", "https:")
    with pytest.raises(SourceBroken, match="does not speak TLS at that address"):
        fetch(Remote(url=address, ref="main"))


def test_a_server_that_sends_rubbish_is_refused() -> None:
    def answer(listener: socket.socket) -> None:
        with listener.accept()[0] as peer:
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nzzzz")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        with pytest.raises(SourceBroken, match="could not be fetched"):
            fetch(Remote(url=address, ref="main", token=TOKEN))
        thread.join()


def test_a_commit_over_the_byte_limit_is_refused(
    folder: GitFolder, server: GitServer, settings: Settings
) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_BYTES=2 * 1024**2)
    folder.commit({"big.bin": os.urandom(3 * 1024**2)})
    assert refusal(server) == "The commit takes more than 2 MiB to fetch."


def test_nothing_stays_on_disk(
    folder: GitFolder, server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    folder.commit({"a.py": "1\n"})
    get(server)
    assert list((tmp_path / "temporary").iterdir()) == []


# Evil repositories


def test_links_submodules_and_hooks_stay_without_effect(
    folder: GitFolder, server: GitServer
) -> None:
    first = folder.commit({"a.py": "1\n"})
    (folder.path / "passwd").symlink_to("/etc/passwd")
    (folder.path / "up").symlink_to("../..")
    folder.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub")
    folder.write({".gitmodules": '[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c true\n'})
    folder.write({".gitattributes": "* filter=evil\n", "hooks/post-checkout": "#!/bin/sh\n"})
    folder.git("add", "passwd", "up", ".gitmodules", ".gitattributes", "hooks")
    folder.git("commit", "--quiet", "-m", "Evil")
    found = get(server)
    assert set(found.files) == {"a.py", "hooks/post-checkout"}
    assert {(each.code, each.file) for each in found.problems} == {
        ("symlink", "passwd"),
        ("symlink", "up"),
        ("submodule", "sub"),
    }


@pytest.mark.parametrize(
    "name", [b"..", b".", b"a/../../b", b"/etc", b"back\\slash", b"new\nline", b"\xff\xfe"]
)
def test_names_that_lead_elsewhere_are_left_out(
    folder: GitFolder, server: GitServer, name: bytes
) -> None:
    folder.commit({"a.py": "1\n"})
    blob = folder.git("hash-object", "-w", "--stdin", data=b"evil\n")
    entries = b"100644 a.py\0" + bytes.fromhex(blob)
    evil = b"100644 " + name + b"\0" + bytes.fromhex(blob)
    _commit_tree(folder, evil + entries)
    found = get(server)
    assert {each.content for each in found.files.values()} <= {b"evil\n"}
    assert set(found.files) == {"a.py"}
    assert [each.code for each in found.problems] == ["bad_name"]


def test_files_that_differ_in_case_only_are_kept_apart(
    folder: GitFolder, server: GitServer
) -> None:
    folder.commit({"Jobs.py": "1\n", "jobs.py": "2\n"})
    found = get(server)
    assert set(found.files) == {"Jobs.py"}
    assert [(each.code, each.file) for each in found.problems] == [("case_clash", "jobs.py")]


def test_a_pointer_to_lfs_is_reported(folder: GitFolder, server: GitServer) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    folder.commit({"model.bin": pointer})
    found = get(server)
    assert found.files == {}
    assert [(each.code, each.file) for each in found.problems] == [("lfs_pointer", "model.bin")]


def test_too_many_files_are_refused(folder: GitFolder, server: GitServer) -> None:
    blob = folder.git("hash-object", "-w", "--stdin", data=b"x\n")
    names = sorted(b"f%06d" % number for number in range(trees.MAX_FILES + 1))
    _commit_tree(folder, b"".join(b"100644 " + n + b"\0" + bytes.fromhex(blob) for n in names))
    assert refusal(server) == f"The commit holds more than {trees.MAX_FILES} files."


def test_a_tree_that_names_itself_over_and_over_is_refused(
    folder: GitFolder, server: GitServer
) -> None:
    blob = folder.git("hash-object", "-w", "--stdin", data=b"x\n")
    inner = _tree(folder, b"100644 x\0" + bytes.fromhex(blob))
    for _ in range(10):
        inner = _tree(folder, b"".join(b"40000 d%d\0" % n + bytes.fromhex(inner) for n in range(9)))
    folder.git("update-ref", "refs/heads/main", folder.git("commit-tree", inner, "-m", "Bomb"))
    assert refusal(server).startswith("The commit holds more than ")


def test_a_commit_that_is_nested_too_deeply_is_refused(
    folder: GitFolder, server: GitServer
) -> None:
    folder.commit({"/".join("d" * (trees.MAX_DEPTH + 2)) + "/a.py": "1\n"})
    assert "levels deep" in refusal(server)


def test_a_file_that_unpacks_to_far_too_much_is_refused(
    folder: GitFolder, server: GitServer
) -> None:
    folder.commit({"zeros.bin": bytes(trees.MAX_BYTES + 1)})
    assert refusal(server) == f"The commit holds more than {trees.MAX_BYTES // 1024**2} MiB."


def test_what_was_fetched_is_kept_exactly(
    db: None, folder: GitFolder, server: GitServer, tmp_path: Path, settings: Settings
) -> None:
    settings.JOBSMITH = jobsmith_settings(HOME=tmp_path / "home")
    folder.commit(
        {
            "a.py": "1\n",
            ".hidden/b.py": "2\n",
            "env/pyvenv.cfg": "home = /\n",
            "env/lib.py": "3\n",
            "node_modules/c.py": "4\n",
            "old.py~": "5\n",
        }
    )
    made = trees.made_of(get(server).files)
    trees.store(made)
    root = trees.ensure(made.digest)
    assert trees.snapshot(root).digest == made.digest
    assert [each.name for each in trees.paths_below(root)] == ["a.py"]


def _tree(folder: GitFolder, entries: bytes) -> str:
    words = ("hash-object", "-t", "tree", "-w", "--stdin", "--literally")
    return folder.git(*words, data=entries)


def _commit_tree(folder: GitFolder, entries: bytes) -> None:
    commit = folder.git("commit-tree", _tree(folder, entries), "-m", "Evil")
    folder.git("update-ref", "refs/heads/main", commit)
