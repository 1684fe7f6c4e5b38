"""What is said of servers that cannot be reached, or are not whom they should be."""

import errno
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.errors import GitProtocolError
from pytest_django import Settings

from jobsmith.errors import SourceBroken
from jobsmith.sources.git import fetch as fetching
from jobsmith.sources.git.addresses import refusal_of_ref, refusal_of_url
from jobsmith.sources.git.fetch import Look, Remote, fetch
from jobsmith.sources.git.fetching import _sentence
from tests.integration.runner.conftest import wait_for
from tests.support.git_server import GitFolder, GitServer, git_server
from tests.support.job_files import jobsmith_settings

from .conftest import TOKEN


def fetched(url: str, ref: str = "main") -> str:
    """What is said when a sync fetches from there."""
    with pytest.raises(SourceBroken) as caught:
        fetch(Remote(url=url, ref=ref, token=TOKEN))
    return caught.value.message


def looked(url: str, ref: str = "main") -> str:
    """What is said when a poll asks there."""
    look = Look(Remote(url=url, ref=ref, token=TOKEN))
    wait_for(lambda: look.is_over, 60)
    with pytest.raises(SourceBroken) as caught:
        look.head()
    return caught.value.message


WAYS = pytest.mark.parametrize("way", [fetched, looked], ids=["sync", "poll"])


@pytest.fixture
def tls(folder: GitFolder, tmp_path: Path) -> Iterator[GitServer]:
    """A server whose certificate nobody has signed."""
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext"]
    words += ["subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with git_server(folder.path.parent, TOKEN) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server


@WAYS
def test_a_certificate_that_nobody_signed(
    folder: GitFolder, tls: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: object
) -> None:
    folder.commit({"a.py": "1\n"})
    url = tls.url("nets").replace("http:", "https:")
    assert way(url) == "The certificate of the server could not be verified."
    assert tls.asked == []  # and no token was sent
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    assert set(fetch(Remote(url=url, ref="main", token=TOKEN)).files) == {"a.py"}


@WAYS
@pytest.mark.parametrize("address", ["http://{}/x", "ssh://git@{}/x"])
@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no-such-host.invalid", "No server has the name that the address tells."),
        ("127.0.0.1:1", "The server refused the connection."),
    ],
)
def test_servers_that_are_not_there(way: object, address: str, host: str, said: str) -> None:
    assert way(address.format(host)) == said


@pytest.mark.parametrize("number", [errno.EHOSTUNREACH, errno.ENETUNREACH])
def test_servers_to_which_there_is_no_way(number: int) -> None:
    error = GitProtocolError("no luck")
    error.__cause__ = OSError(number, "No route")
    assert _sentence(error, {}) == "No way leads from here to the server."


def test_a_server_that_hangs_after_its_first_words(settings: Settings) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_SECONDS=2)

    def answer(listener: socket.socket) -> None:
        with listener.accept()[0] as peer:
            peer.recv(65536)
            kind = b"Content-Type: application/x-git-upload-pack-advertisement"
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n" + kind + b"\r\n\r\n001e#")
            peer.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,), daemon=True)
        thread.start()
        said = fetched(f"http://127.0.0.1:{listener.getsockname()[1]}/x")
        assert said == "Fetching took longer than 2 s, or was ended."


def test_a_poll_gives_up_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LOOK_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        said = looked(f"http://127.0.0.1:{deaf.getsockname()[1]}/x")
        assert said == "The server did not answer within 2 s."


@WAYS
def test_a_wrong_password_and_a_branch_that_is_gone(
    folder: GitFolder, server: GitServer, way: object
) -> None:
    folder.commit({"a.py": "1\n"})
    gone = "The repository has no branch, tag or commit called gone."
    assert way(server.url("nets"), "gone") == gone
    server.token = "another-token-99"
    assert way(server.url("nets")) == "The server refused the user name or the token."


@pytest.mark.parametrize(
    ("url", "said"),
    [
        *(
            (each, "Only addresses that begin with")
            for each in ("git://x/y", "file:///etc", "ftp://x")
        ),
        *((each, "") for each in ("https://x/y", "http://x/y", "ssh://git@x/y", "git@x:y")),
        ("ext::sh -c true", "This is no address of a repository."),
        ("ext::sh", "Only addresses that begin with"),
        ("--upload-pack=touch", "Only addresses that begin with"),
        ("ssh://-oProxyCommand=x/y", "This is no address of a repository."),
        ("https://user:pw@x/y", "Leave the user name and password out of the address"),
        ("/srv/git/x", "Only addresses that begin with"),
        ("\\\\server\\share", "This is no address of a repository."),
    ],
)
def test_addresses_are_refused_before_anything_is_asked(url: str, said: str) -> None:
    assert refusal_of_url(url).startswith(said)
    assert bool(refusal_of_url(url)) == bool(said)


@pytest.mark.parametrize(
    "ref", ["--upload-pack=x", "-x", "a..b", "a b", "a\x1b", "a~1", "@{-1}", "refs/../x", "x.lock"]
)
def test_refs_that_look_like_options_or_paths_are_refused(ref: str) -> None:
    assert refusal_of_ref(ref) == "This is no name of a branch, a tag or a commit."
