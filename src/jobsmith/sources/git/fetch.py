"""Fetches one commit of a repository through a child that can be ended."""

import json
import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from jobsmith import egress
from jobsmith.conf import conf
from jobsmith.errors import SourceBroken
from jobsmith.processes import capped
from jobsmith.specs import Problem

from ..belonging import File
from ..spare import spare_folder
from ..trees import MAX_BYTES, MAX_DEPTH, MAX_FILES
from .ssh_address import ssh_address

HTTP_CHILD = "jobsmith.sources.git.http_child"
SSH_CHILD = "jobsmith.sources.git.ssh_child"
PATIENCE = 30
"""Seconds that the server may say nothing."""
LOOK_SECONDS = 40
"""How long asking for a commit's hash may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where to fetch from, and how to be let in."""

    url: str
    ref: str
    """A branch, a tag or a commit."""
    subfolder: str = ""
    """The folder to read; "" reads everything."""
    username: str = ""
    token: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    """For SSH."""
    host_key: str = ""
    """Fingerprint that the SSH server has to show; "" takes any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One commit, or a folder of it, as plain files."""

    head: str
    """The commit's hash."""
    summary: str
    """First line of its message."""
    files: dict[str, File]
    problems: tuple[Problem, ...] = ()
    """What was left out."""
    host_key: str = ""
    """Fingerprint that the SSH server showed."""


def fetch(remote: Remote) -> Fetched:
    """The commit that the remote's ref means now; raises SourceBroken with a sentence.

    Nothing stays on disk. Ended after ``GIT_FETCH_SECONDS``.
    """
    with spare_folder() as folder:
        output = capped.call(
            _child(remote),
            json.dumps(_request(remote, folder)).encode(),
            env=_surroundings(),
            seconds=conf().git_fetch_seconds,
        )
    if output is None:
        sentence = f"Fetching took longer than {conf().git_fetch_seconds:g} s, or was ended."
        raise SourceBroken(sentence)
    return _read(output)


class Look:
    """Asks a server which commit the remote's ref means now, while the caller does other things."""

    def __init__(self, remote: Remote) -> None:
        """Begin; raises SourceBroken."""
        request = {**_request(remote, os.devnull), "only_look": True}
        self._aside = capped.Aside(
            _child(remote),
            json.dumps(request).encode(),
            env=_surroundings(),
            seconds=LOOK_SECONDS,
        )

    @property
    def is_over(self) -> bool:
        """Whether there is an answer, or will be none."""
        return self._aside.is_over

    def head(self) -> str:
        """The commit, once it is over; raises SourceBroken with a sentence."""
        output = self._aside.output()
        if output is None:
            raise SourceBroken(f"The server did not answer within {LOOK_SECONDS} s.")
        return str(_header(output)["head"])

    def end(self) -> None:
        """Give up."""
        self._aside.end()


def _child(remote: Remote) -> str:
    """The module that speaks to such a server; raises SourceBroken where its library is missing."""
    child, library = (SSH_CHILD, "asyncssh") if ssh_address(remote.url) else (HTTP_CHILD, "dulwich")
    if find_spec(library) is None:
        raise SourceBroken('The extra "git" is not installed: pip install "jobsmith[git]".')
    return child


def _request(remote: Remote, folder: str) -> dict[str, Any]:
    # Many servers want a user name beside a token, and ignore what it is.
    username = remote.username or ("git" if remote.token else "")
    return {
        "url": remote.url,
        "ref": remote.ref,
        "subfolder": remote.subfolder,
        "username": username,
        "token": remote.token,
        "private_key": remote.private_key,
        "host_key": remote.host_key,
        "folder": folder,
        "only_look": False,
        "bytes": conf().git_fetch_bytes,
        "memory": conf().git_fetch_memory,
        "patience": PATIENCE,
        "allowed": conf().git_allowed_networks,
        "caps": {"files": MAX_FILES, "bytes": MAX_BYTES, "depth": MAX_DEPTH - 1},
    }


def _surroundings() -> dict[str, str]:
    """Our import path and the way to the network; no settings, no secrets."""
    return {**egress.surroundings(), "PYTHONPATH": capped.surroundings()["PYTHONPATH"]}


def _read(output: bytes) -> Fetched:
    _, _, rest = output.partition(b"\n")
    header = _header(output)
    files: dict[str, File] = {}
    at = 0
    for name, executable, size in header["files"]:
        files[name] = File(rest[at : at + size], executable)
        at += size
    problems = [Problem(severity="warning", **each) for each in header["problems"]]
    return Fetched(
        head=header["head"],
        summary=header["summary"],
        files=files,
        problems=tuple(problems),
        host_key=header.get("host_key", ""),
    )


def _header(output: bytes) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(output.partition(b"\n")[0])
    if "error" in header:
        raise SourceBroken(header["error"])
    return header
