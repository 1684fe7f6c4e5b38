"""The program behind `fetch`: speaks to a Git server and prints the files of one commit.

Started by exec, without Django and without secrets in its environment. It answers with one line
of JSON, then with the contents of the files one after another.
"""

import errno
import json
import os
import resource
import ssl
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from dulwich.client import HttpGitClient, HTTPProxyUnauthorized, HTTPUnauthorized
from dulwich.config import ConfigDict
from dulwich.errors import NotGitRepository
from dulwich.objects import Commit, Tag
from dulwich.repo import Repo

from .commit_files import Caps, CommitFiles, Refused

TAG_DEPTH = 10
SAID = 300


def main() -> None:
    """Answer one request from stdin on stdout."""
    request = json.load(sys.stdin.buffer)
    # What libraries print must not stand in the answer.
    with open(os.dup(1), "wb") as answer_to:
        os.dup2(2, 1)
        os.environ["HOME"] = request["folder"]
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["bytes"], request["bytes"]))
        try:
            _answer(request, answer_to)
        except BaseException as error:  # whatever it is, it becomes a sentence
            _say(answer_to, {"error": _sentence(error, request)})


def _answer(request: dict[str, Any], answer_to: BinaryIO) -> None:
    repository = Repo.init_bare(request["folder"])
    head = _fetch(request, repository)
    commit = _commit(repository, head)
    found = CommitFiles(repository.object_store, Caps(**request["caps"]))
    found.read(commit.tree)
    listed = [[name, file.executable, len(file.content)] for name, file in found.files.items()]
    header = {
        "head": commit.id.decode(),
        "summary": commit.message.split(b"\n", 1)[0].decode(errors="replace")[:200],
        "files": listed,
        "problems": found.problems,
    }
    _say(answer_to, header)
    for file in found.files.values():
        answer_to.write(file.content)


def _fetch(request: dict[str, Any], repository: Repo) -> bytes:
    client = HttpGitClient(
        request["url"],
        config=ConfigDict(),
        username=request["username"] or None,
        password=request["token"] or None,
        timeout=request["patience"],
        quiet=True,
    )
    wanted: list[bytes] = []

    def wants(refs: dict[bytes, bytes], depth: int | None = None) -> list[bytes]:
        wanted.append(_chosen(refs, request["ref"]))
        return list(wanted)

    client.fetch("", repository, determine_wants=wants, depth=1)  # type: ignore[arg-type]
    return wanted[0]


def _chosen(refs: dict[bytes, bytes], ref: str) -> bytes:
    """What a branch, a tag or a commit means on that server."""
    name = ref.encode()
    for full in (b"refs/heads/" + name, b"refs/tags/" + name):
        if refs.get(full):
            return refs[full]
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
    for kind, sentence in _SENTENCES:
        if any(isinstance(each, kind) for each in causes):
            return sentence
    if isinstance(error, Refused):
        return str(error)
    if any(isinstance(each, OSError) and each.errno == errno.EFBIG for each in causes):
        return f"The commit takes more than {request['bytes'] // 1024**2} MiB to fetch."
    said = " ".join(f"{type(error).__name__}: {error}".split())
    for secret in filter(None, (request["token"], request["username"])):
        said = said.replace(secret, "***")
    return f"The commit could not be fetched: {said[:SAID]}"


_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (HTTPUnauthorized, "The server refused the user name or the token."),
    (HTTPProxyUnauthorized, "The proxy on the way to the server refused us."),
    (
        NotGitRepository,
        "There is no Git repository at that address, or the token does not reach it.",
    ),
    (ssl.SSLError, "The certificate of the server could not be verified."),
    (ConnectionRefusedError, "The server refused the connection."),
    (TimeoutError, "The server did not answer in time."),
    (MemoryError, "The commit needs more memory to fetch than there may be used."),
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


if __name__ == "__main__":
    main()
