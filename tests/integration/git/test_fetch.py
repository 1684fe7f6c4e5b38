"""Commits fetched from a real Git server. Evil ones are in `evil_corpus`."""

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
    folder: GitFolder,
    server: GitServer,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "HOME": tmp_path / "home"}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    folder.commit({"a.py": "1\n"})
    get(server)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert list((tmp_path / "home" / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_a_proxy_is_asked_whichever_way_its_variable_is_written(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        met: list[bytes] = []

        def answer() -> None:
            connection, _ = proxy.accept()
            with connection:
                met.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(SourceBroken, match="no Git repository at that address"):
            fetch(Remote(url="http://git.example/nets", ref="main"))
    assert met[0].startswith(b"GET http://git.example/nets/info/refs")


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
