"""What the programs behind `fetch` have in common: they print the files of one commit.

Started by exec, without Django and without secrets in the environment. They answer with one line
of JSON, then with the contents of the files one after another.
"""

import errno
import json
import os
import resource
import socket
import ssl
import struct
import sys
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Protocol

from dulwich.client import GitClient, HTTPProxyUnauthorized, HTTPUnauthorized
from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    HangupException,
    NotGitRepository,
    ObjectFormatException,
)
from dulwich.objects import Commit, Tag
from dulwich.pack import UnresolvedDeltas
from dulwich.repo import Repo

from jobsmith.egress import confine

from .commit_files import Caps, CommitFiles, Refused, folder_of

Sentences = tuple[tuple[type[BaseException], str], ...]

TAG_DEPTH = 10
PEELED = b"^{}"
"""What servers add to the name of a tag for the commit that it stands for."""
SAID = 300
SUMMARY = 200
SHORT = 8
"""A shorter piece of a secret is a word like any other."""


class Connect(Protocol):
    """Opens the way to the server of a request."""

    def __call__(self, request: dict[str, Any], learnt: dict[str, Any], /) -> tuple[GitClient, str]:
        """The client, and the path to ask it for. ``learnt`` goes into the answer."""


def answer_with(connect: Connect) -> None:
    """Answer one request from stdin on stdout."""
    request = json.load(sys.stdin.buffer)
    # What libraries print must not stand in the answer.
    with open(os.dup(1), "wb") as answer_to:
        os.dup2(2, 1)
        os.environ["HOME"] = request["folder"]
        _limit(request["bytes"], request["memory"])
        try:
            confine(request["allowed"], _closed)
            (_look if request["only_look"] else _answer)(request, answer_to, connect)
        except BaseException as error:  # whatever it is, it becomes a sentence
            _say(answer_to, {"error": _sentence(error, request)})


def _closed(host: str) -> Refused:
    return Refused(
        f"The address leads to {host}, from where nothing is fetched unless the setting "
        "GIT_ALLOWED_NETWORKS names it."
    )


def _limit(size: int, memory: int) -> None:
    """No file may grow larger, nor we ourselves; secrets in memory are not dumped in a crash."""
    in_memory = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    limits = [(resource.RLIMIT_FSIZE, size), (resource.RLIMIT_CORE, 0), (in_memory, memory)]
    for kind, most in limits:
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))


def _look(request: dict[str, Any], answer_to: BinaryIO, connect: Connect) -> None:
    """Tell which commit the ref means, and fetch nothing."""
    client, path = connect(request, {})
    refs = client.get_refs(path.encode()).refs
    known = {bytes(name): bytes(key) for name, key in refs.items() if key is not None}
    _say(answer_to, {"head": _chosen(known, request["ref"], peeled=True).decode()})


def _answer(request: dict[str, Any], answer_to: BinaryIO, connect: Connect) -> None:
    learnt: dict[str, Any] = {}
    repository = Repo.init_bare(request["folder"])
    client, path = connect(request, learnt)
    head = _fetch(client, path, request["ref"], repository)
    commit = _commit(repository, head)
    found = CommitFiles(repository.object_store, Caps(**request["caps"]))
    found.read(folder_of(repository.object_store, commit.tree, request["subfolder"]))
    listed = [[name, file.executable, len(file.content)] for name, file in found.files.items()]
    header = {
        "head": commit.id.decode(),
        "summary": _line(commit.message[:SUMMARY].decode(errors="replace").partition("\n")[0]),
        "files": listed,
        "problems": found.problems,
        **learnt,
    }
    _say(answer_to, header)
    for file in found.files.values():
        answer_to.write(file.content)


def _fetch(client: GitClient, path: str, ref: str, repository: Repo) -> bytes:
    wanted: list[bytes] = []

    def wants(refs: Mapping[bytes, bytes], depth: int | None = None) -> list[bytes]:
        wanted.append(_chosen(refs, ref))
        return list(wanted)

    client.fetch(path, repository, determine_wants=wants, depth=1)  # type: ignore[arg-type]
    return wanted[0]


def _chosen(refs: Mapping[bytes, bytes], ref: str, *, peeled: bool = False) -> bytes:
    """What a branch, a tag or a commit means on that server; ``peeled``, the commit of a tag."""
    name = ref.encode()
    for full in (b"refs/heads/" + name, b"refs/tags/" + name):
        if refs.get(full):
            return (peeled and refs.get(full + PEELED)) or refs[full]
    if len(ref) == 40 and all(each in "0123456789abcdef" for each in ref):
        return name
    if not refs:
        raise Refused("The repository has no commit yet.")
    raise Refused(f"The repository has no branch, tag or commit called {ref}.")


def _commit(repository: Repo, key: bytes) -> Commit:
    for _ in range(TAG_DEPTH):
        found = repository.object_store[key]  # type: ignore[index]
        if isinstance(found, Commit):
            return found
        if not isinstance(found, Tag):
            break
        key = found.object[1]
    raise Refused("That name stands for no commit.")


def _sentence(error: BaseException, request: dict[str, Any]) -> str:
    causes = list(_causes(error))
    # A refusal is often made of a hang-up, and says more than that.
    refusal = _line(str(error)) if isinstance(error, Refused) else ""
    if told := _told(causes, _SENTENCES) or refusal or _told(causes, _ENDED):
        return told
    numbers = {each.errno for each in causes if isinstance(each, OSError)}
    if numbers.intersection(_NO_WAY):
        return "No way leads from here to the server."
    if errno.EFBIG in numbers:
        return f"The commit takes more than {request['bytes'] // 1024**2} MiB to fetch."
    if any(isinstance(each, _DAMAGE) for each in causes):
        return "The commit could not be fetched: what the server sent is damaged or incomplete."
    said = _line(f"{type(error).__name__}: {error}")
    for secret in _secrets(request):
        said = said.replace(secret, "***")
    return f"The commit could not be fetched: {said[:SAID]}"


def _told(causes: Sequence[BaseException], sentences: Sentences) -> str:
    found = (said for kind, said in sentences if any(isinstance(each, kind) for each in causes))
    return next(found, "")


def _line(text: str) -> str:
    """Without what turns text around or steers a terminal."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))


def _secrets(request: dict[str, Any]) -> list[str]:
    """What no message may hold; of a key, each of its lines."""
    lines = [each for each in request["private_key"].split() if len(each) >= SHORT]
    username = request["username"] if len(request["username"]) >= SHORT else ""
    return [each for each in (request["token"], username, *lines) if each]


_SENTENCES: Sentences = (
    (MemoryError, "The commit needs more memory to fetch than GIT_FETCH_MEMORY allows."),
    (HTTPUnauthorized, "The server refused the user name or the token."),
    (HTTPProxyUnauthorized, "The proxy on the way to the server refused us."),
    (
        NotGitRepository,
        "There is no Git repository at that address, or the token does not reach it.",
    ),
    (ssl.SSLCertVerificationError, "The certificate of the server could not be verified."),
    (ssl.SSLError, "The server does not speak TLS at that address, or none that we know."),
    (socket.gaierror, "No server has the name that the address tells."),
    (ConnectionRefusedError, "The server refused the connection."),
    (TimeoutError, "The server did not answer in time."),
)
_ENDED: Sentences = (
    (HangupException, "The server ended the connection."),
    (ConnectionError, "The server ended the connection."),
)
_NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_DAMAGE = (
    *(zlib.error, struct.error, ChecksumMismatch, ObjectFormatException, UnresolvedDeltas),
    *(ApplyDeltaError, KeyError, IndexError, EOFError, AssertionError),
)


def _causes(error: BaseException | None) -> list[BaseException]:
    """The exception and what lies behind it."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        each = waiting.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found


def _say(stream: BinaryIO, line: dict[str, Any]) -> None:
    stream.write(json.dumps(line).encode() + b"\n")
    stream.flush()
