"""One command on an SSH server, as dulwich reads from it and writes to it.

Nothing of this machine's own is used: no configuration, no agent, no key and no host that it knows.
The loop runs only while somebody waits for an answer, and never longer than the patience allows.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh
from dulwich.client import SSHVendor

T = TypeVar("T")

_ALGORITHMS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
"""Kinds of host key; a server with several shows one of the kinds that it is asked for."""


class WrongHostKey(Exception):
    """The server shows another key than the pinned one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are, and whom we expect."""

    username: str
    private_key: str = field(repr=False)
    host_key: str
    """Fingerprint; "" takes whatever the server shows."""
    patience: float
    """Seconds that the server may say nothing."""


class Vendor(SSHVendor):
    """Runs the commands of a Git client."""

    def __init__(
        self, runner: asyncio.Runner, login: Login, learnt: Callable[[str], object]
    ) -> None:
        """``learnt`` is told the fingerprint of the server's key."""
        self._runner, self._login, self._learnt = runner, login, learnt

    def run_command(self, host: str, command: bytes, *_: Any, **options: Any) -> Any:
        """See `SSHVendor.run_command`; raises WrongHostKey, asyncssh.Error or OSError."""
        session = Session(self._runner, self._login.patience)
        connection = session.wait(self._connection(host, options["port"]))
        key = connection.get_server_host_key()
        self._learnt(key.get_fingerprint() if key else "")
        version = options.get("protocol_version")
        env = {"GIT_PROTOCOL": f"version={version}"} if version else {}
        session.start(connection, command.decode(), env)
        return session

    async def _connection(self, host: str, port: int) -> asyncssh.SSHClientConnection:
        """Ask for one kind of key after the other until the pinned one is shown."""
        pinned, shown = self._login.host_key, list[str]()
        for kind in _ALGORITHMS if pinned else [sum(_ALGORITHMS, ())]:
            try:
                return await self._connected(host, port, kind, shown)
            except asyncssh.DisconnectError:
                # Without a key of that kind, a server may say so or just hang up.
                is_known = not pinned or pinned in shown
                if is_known or (kind == _ALGORITHMS[-1] and not shown):
                    raise
        raise WrongHostKey(
            f"The server shows the host key {' and '.join(shown)}, but {pinned} is "
            "pinned. If the server has a new key, empty the pinned one and sync again; if not, "
            "somebody else may be answering."
        )

    async def _connected(
        self, host: str, port: int, kind: tuple[str, ...], shown: list[str]
    ) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            host,
            port,
            config=None,
            client_factory=lambda: _Watch(self._login.host_key, shown),
            known_hosts=([], [], []),
            server_host_key_algs=kind,
            x509_trusted_certs=None,
            username=self._login.username,
            client_keys=[_key(self._login.private_key)] if self._login.private_key else None,
            preferred_auth="publickey",
            agent_path=None,
            gss_kex=False,
            gss_auth=False,
            login_timeout=self._login.patience,
            connect_timeout=self._login.patience,
        )


class _Watch(asyncssh.SSHClient):
    """Takes the pinned key only, or any where none is pinned."""

    def __init__(self, pinned: str, shown: list[str]) -> None:
        self._pinned, self._shown = pinned, shown

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Also notes what is shown."""
        self._shown.append(key.get_fingerprint())
        return self._pinned in ("", self._shown[-1])


class Session:
    """A command that runs on the server."""

    def __init__(self, runner: asyncio.Runner, patience: float) -> None:
        """Runs nothing yet."""
        self._runner, self._patience = runner, patience

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Its outcome; raises TimeoutError when the server says nothing for too long."""
        return self._runner.run(_within(coroutine, self._patience))

    def start(
        self, connection: asyncssh.SSHClientConnection, command: str, env: dict[str, str]
    ) -> None:
        """Run the command there."""
        self._connection = connection
        made = connection.create_process(command, env=env, encoding=None)
        self._process: asyncssh.SSHClientProcess[bytes] = self.wait(_awaited(made))

    def read(self, size: int) -> bytes:
        """So many bytes, fewer only at the end."""
        try:
            return self.wait(self._process.stdout.readexactly(size))
        except asyncio.IncompleteReadError as error:
            return error.partial

    def write(self, data: bytes) -> int:
        """Send it."""
        self._process.stdin.write(data)
        self.wait(self._process.stdin.drain())
        return len(data)

    def can_read(self) -> bool:
        """Never known: whoever asks goes on writing."""
        return False

    @property
    def stderr(self) -> "Session":
        """What dulwich asks why the server hung up."""
        return self

    def readlines(self) -> list[bytes]:
        """All that the command said beside its output."""
        return self.wait(self._process.stderr.read()).splitlines()

    def close(self) -> None:
        """Hang up."""
        self._connection.abort()


async def _within(coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
    return await asyncio.wait_for(coroutine, seconds)


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _key(text: str) -> asyncssh.SSHKey:
    return asyncssh.import_private_key(text)
