"""The program behind `fetch` for addresses of SSH servers."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import asyncssh
from dulwich.client import GitClient, SSHGitClient
from dulwich.errors import GitProtocolError, HangupException

from .commit_files import Refused
from .fetching import SAID, answer_with
from .ssh_address import ssh_address
from .ssh_session import Login, Vendor, WrongHostKey


class Client(SSHGitClient):
    """Says in a sentence why a server did not let us in, or hung up."""

    def fetch(self, *args: Any, **options: Any) -> Any:
        """See `GitClient.fetch`."""
        with _told():
            return super().fetch(*args, **options)

    def get_refs(self, *args: Any, **options: Any) -> Any:
        """See `GitClient.get_refs`."""
        with _told():
            return super().get_refs(*args, **options)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what went wrong into sentences."""
    try:
        yield
    except WrongHostKey as error:
        raise Refused(str(error)) from error
    except asyncssh.PermissionDenied as error:
        raise Refused("The server refused the user name or the private key.") from error
    except asyncssh.KeyExchangeFailed as error:
        raise Refused("The server and we know no common way to encrypt.") from error
    except asyncssh.DisconnectError as error:
        raise Refused(f"The server ended the connection: {_said(error)}") from error
    except (HangupException, GitProtocolError) as error:
        sentence = f"The server gave no Git repository at that address: {_said(error)}"
        raise Refused(sentence) from error


def connect(request: dict[str, Any], learnt: dict[str, Any]) -> tuple[GitClient, str]:
    """A client with the one key of the request, for the server with the pinned key."""
    # Libraries look for the user of this process, who may have no name.
    os.environ["LOGNAME"] = "jobsmith"
    address = ssh_address(request["url"])
    assert address is not None, request["url"]  # noqa: S101 - only such addresses come here
    login = Login(
        username=address.user or request["username"] or "git",
        private_key=request["private_key"],
        host_key=request["host_key"],
        patience=request["patience"],
    )
    seen = partial(learnt.__setitem__, "host_key")
    vendor = Vendor(asyncio.Runner(), login, seen)
    client = Client(address.host, port=address.port, vendor=vendor, quiet=True)
    return client, address.path


def _said(error: BaseException) -> str:
    """What the server said last, in one line."""
    lines = getattr(error, "stderr_lines", None) or [str(error).encode()]
    return b" ".join(lines).decode(errors="replace").strip()[:SAID] or "it said nothing."


if __name__ == "__main__":
    answer_with(connect)
