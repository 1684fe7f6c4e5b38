"""Commits fetched from a real SSH server: keys, pinned host keys, and servers that fail us."""

import os
import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytest_django import Settings

from jobsmith.errors import SourceBroken
from jobsmith.sources.git.fetch import Fetched, Look, Remote, fetch
from tests.integration.runner.conftest import wait_for
from tests.support.git_server import GitFolder
from tests.support.job_files import jobsmith_settings
from tests.support.ssh_git_server import SshGitServer, new_key, private_text, ssh_git_server

KEY = new_key()


@pytest.fixture
def ssh(folder: GitFolder) -> Iterator[SshGitServer]:
    with ssh_git_server(folder.path.parent, KEY) as server:
        yield server


def get(server: SshGitServer, name: str = "nets", **more: Any) -> Fetched:
    given = {"url": server.url(name), "ref": "main", "private_key": private_text(KEY)}
    return fetch(Remote(**(given | more)))


def refusal(server: SshGitServer, name: str = "nets", **more: Any) -> str:
    with pytest.raises(SourceBroken) as caught:
        get(server, name, **more)
    return caught.value.message


def test_a_commit_becomes_plain_files_and_the_host_key_is_told(
    folder: GitFolder, ssh: SshGitServer
) -> None:
    head = folder.commit({"a.py": "1\n", "lib/b.py": "2\n"}, "First")
    found = get(ssh)
    assert (found.head, found.summary, found.host_key) == (head, "First", ssh.fingerprint)
    assert {name: file.content for name, file in found.files.items()} == {
        "a.py": b"1\n",
        "lib/b.py": b"2\n",
    }
    assert ssh.commands == [f"git-upload-pack '{folder.path}'"]
    assert set(ssh.users) == {"git"}


def look(server: SshGitServer, **more: Any) -> str:
    """What a poll is told; nothing is fetched."""
    given = {"url": server.url("nets"), "ref": "main", "private_key": private_text(KEY)}
    asked = Look(Remote(**(given | more)))
    wait_for(lambda: asked.is_over, 60)
    return asked.head()


def test_a_poll_is_told_the_commit_and_keeps_to_the_pinned_key(
    folder: GitFolder, ssh: SshGitServer
) -> None:
    head = folder.commit({"a.py": "1\n"})
    folder.git("tag", "-a", "v1", "-m", "One")
    assert look(ssh, host_key=ssh.fingerprint) == head
    assert look(ssh, ref="v1") == head
    other = new_key().get_fingerprint()
    with pytest.raises(SourceBroken, match=f"{re.escape(other)} is pinned"):
        look(ssh, host_key=other)
    with pytest.raises(SourceBroken, match="refused the user name or the private key"):
        look(ssh, private_key=private_text(new_key()))


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256"])
def test_keys_of_other_kinds_let_us_in(folder: GitFolder, ssh: SshGitServer, kind: str) -> None:
    head = folder.commit({"a.py": "1\n"})
    key = new_key(kind)
    ssh.known.append(key)
    assert get(ssh, private_key=private_text(key)).head == head


def test_branches_tags_and_commits_are_found(folder: GitFolder, ssh: SshGitServer) -> None:
    first = folder.commit({"a.py": "1\n"})
    folder.git("tag", "-a", "v1", "-m", "One")
    second = folder.commit({"a.py": "2\n"})
    heads = {ref: get(ssh, ref=ref).head for ref in ("main", "v1", first)}
    assert heads == {"main": second, "v1": first, first: first}


def test_a_large_commit_comes_whole(folder: GitFolder, ssh: SshGitServer) -> None:
    content = os.urandom(20 * 1024**2)
    folder.commit({"big.bin": content})
    assert get(ssh).files["big.bin"].content == content


def test_the_user_comes_from_the_address_or_from_its_field(
    folder: GitFolder, ssh: SshGitServer
) -> None:
    folder.commit({"a.py": "1\n"})
    nameless = ssh.url("nets").replace("git@", "")
    get(ssh, url=nameless, username="ada")
    get(ssh, url=ssh.url("nets"), username="ada")
    assert list(dict.fromkeys(ssh.users)) == ["ada", "git"]


@pytest.mark.parametrize("text", ["", private_text(new_key())])
def test_a_wrong_key_is_said(folder: GitFolder, ssh: SshGitServer, text: str) -> None:
    folder.commit({"a.py": "1\n"})
    said = refusal(ssh, private_key=text)
    assert said == "The server refused the user name or the private key."
    assert ssh.commands == []


def test_keys_of_this_machine_are_not_used(
    folder: GitFolder, ssh: SshGitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.commit({"a.py": "1\n"})
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_text(private_text(KEY))
    (tmp_path / ".ssh" / "config").write_text("Host *\n  User root\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "refused the user name" in refusal(ssh, private_key="")
    assert set(ssh.users) == {"git"}


def test_a_host_key_that_changed_is_refused_before_we_log_in(
    folder: GitFolder, ssh: SshGitServer
) -> None:
    head = folder.commit({"a.py": "1\n"})
    pinned = get(ssh).host_key
    assert get(ssh, host_key=pinned).head == head
    ssh.users.clear()
    ssh.change_host_keys(new_key())
    said = refusal(ssh, host_key=pinned)
    assert pinned in said
    assert ssh.fingerprint in said
    assert "empty the pinned one" in said
    assert ssh.users == []
    assert get(ssh, host_key="").host_key == ssh.fingerprint


def test_each_host_key_of_a_server_can_be_the_pinned_one(
    folder: GitFolder, ssh: SshGitServer
) -> None:
    folder.commit({"a.py": "1\n"})
    keys = [new_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")]
    ssh.change_host_keys(*keys)
    for key in keys:
        assert get(ssh, host_key=key.get_fingerprint()).host_key == key.get_fingerprint()
    other = new_key().get_fingerprint()
    said = refusal(ssh, host_key=other)
    assert all(each in said for each in (other, *(key.get_fingerprint() for key in keys)))


def test_missing_repositories_and_branches_are_said(folder: GitFolder, ssh: SshGitServer) -> None:
    assert refusal(ssh) == "The repository has no commit yet."
    folder.commit({"a.py": "1\n"})
    assert refusal(ssh, ref="gone") == "The repository has no branch, tag or commit called gone."
    assert "no Git repository at that address" in refusal(ssh, "other")


def test_a_server_that_does_not_listen_is_said(ssh: SshGitServer) -> None:
    ssh.hang_up()
    assert refusal(ssh) == "The server refused the connection."
    ssh.listen()
    assert (
        refusal(ssh, url="ssh://git@no-such-host.invalid/x")
        == "No server has the name that the address tells."
    )


def test_a_server_that_says_nothing_is_given_up_and_nothing_stays(settings: Settings) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_SECONDS=2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"ssh://git@127.0.0.1:{deaf.getsockname()[1]}/x"
        with pytest.raises(SourceBroken, match="Fetching took longer than 2 s"):
            fetch(Remote(url=url, ref="main", private_key=private_text(KEY)))
    assert not [each for each in psutil.Process().children(recursive=True) if "ssh" in said(each)]


def said(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_a_server_that_hangs_after_it_let_us_in_is_given_up(
    folder: GitFolder, ssh: SshGitServer, settings: Settings
) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_SECONDS=3)
    folder.commit({"a.py": "1\n"})
    ssh.is_deaf = True
    assert "Fetching took longer than 3 s" in refusal(ssh)
    assert ssh.commands != []


def test_a_server_that_hangs_is_given_up_after_our_patience(
    folder: GitFolder, ssh: SshGitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobsmith.sources.git.fetch.PATIENCE", 1)
    folder.commit({"a.py": "1\n"})
    ssh.is_deaf = True
    assert refusal(ssh) == "The server did not answer in time."


def test_a_server_that_speaks_no_ssh_is_refused() -> None:
    def answer(listener: socket.socket) -> None:
        with listener.accept()[0] as peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100)
            peer.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        url = f"ssh://git@127.0.0.1:{listener.getsockname()[1]}/x"
        with pytest.raises(SourceBroken, match="The server ended the connection"):
            fetch(Remote(url=url, ref="main", private_key=private_text(KEY)))
        thread.join()


def test_a_commit_over_the_byte_limit_is_refused(
    folder: GitFolder, ssh: SshGitServer, settings: Settings
) -> None:
    settings.JOBSMITH = jobsmith_settings(GIT_FETCH_BYTES=2 * 1024**2)
    folder.commit({"big.bin": os.urandom(3 * 1024**2)})
    assert refusal(ssh) == "The commit takes more than 2 MiB to fetch."


def test_the_private_key_is_in_no_file_no_argument_and_no_environment(
    folder: GitFolder, ssh: SshGitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.commit({"a.py": "1\n"})
    ssh.is_deaf = True
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr("jobsmith.sources.git.fetch.PATIENCE", 3)
    asking = threading.Thread(target=refusal, args=(ssh,))
    asking.start()
    while not ssh.commands:
        time.sleep(0.01)
    [child] = [each for each in psutil.Process().children(recursive=True) if "ssh" in said(each)]
    seen = [said(child), str(child.environ())]
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    seen += [each.read_bytes().decode(errors="replace") for each in files]
    asking.join()
    lines = private_text(KEY).splitlines()[1:-1]
    assert len(lines) > 3
    assert not any(line in text for line in lines for text in seen)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobsmith.sources.git.fetch.find_spec", lambda name: None)
    with pytest.raises(SourceBroken, match=r'The extra "git" is not installed'):
        fetch(Remote(url="git@x:y", ref="main"))
