"""A real SSH server on loopback that serves repositories by ``git upload-pack``."""

import asyncio
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh

from .git_server import CLEAN


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """A key pair."""
    return asyncssh.generate_private_key(kind)


def private_text(key: asyncssh.SSHKey, passphrase: str | None = None) -> str:
    """The private key as people paste it."""
    kind = "pkcs8-pem" if passphrase else "openssh"
    return key.export_private_key(kind, passphrase=passphrase).decode()


class SshGitServer:
    """Serves all repositories below a folder to whoever holds one of the keys."""

    def __init__(self, folder: Path, *known: asyncssh.SSHKey) -> None:
        self.folder = folder
        self.known = list(known)
        self.host_keys = [new_key()]
        self.commands: list[str] = []
        self.users: list[str] = []
        self.is_deaf = False
        """Set, a command is taken and never answered."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open: list[asyncssh.SSHServerConnection] = []

    @property
    def fingerprint(self) -> str:
        return str(self.host_keys[0].get_fingerprint())

    def url(self, name: str) -> str:
        return f"ssh://git@127.0.0.1:{self.port}{self.folder}/{name}"

    def start(self) -> None:
        self._thread.start()
        self.listen()

    def listen(self, port: int = 0) -> None:
        self._acceptor = self._do(self._listen(port))
        self.port = self._acceptor.get_port()

    def change_host_keys(self, *keys: asyncssh.SSHKey) -> None:
        """Be another server at the same address."""
        self.hang_up()
        self.host_keys = list(keys)
        self.listen(self.port)

    def hang_up(self) -> None:
        """Listen no longer."""
        self._do(self._hang_up())

    def stop(self) -> None:
        self.hang_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, coroutine: object) -> object:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _listen(self, port: int) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_factory=lambda: _Guard(self),
            server_host_keys=self.host_keys,
            process_factory=self._serve,
            encoding=None,
        )

    async def _hang_up(self) -> None:
        self._acceptor.close()
        for each in self._open:
            each.abort()
        self._open.clear()
        await self._acceptor.wait_closed()
        running = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _serve(self, process: asyncssh.SSHServerProcess) -> None:
        self.commands.append(process.command)
        if self.is_deaf:
            await asyncio.Event().wait()
        verb, path = shlex.split(process.command)
        program = await asyncio.create_subprocess_exec(
            *(verb.replace("git-upload-pack", "git upload-pack").split()),
            path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=CLEAN | {"GIT_PROTOCOL": process.env.get("GIT_PROTOCOL", "")},
        )
        await asyncio.gather(
            _pump(process.stdin, program.stdin),
            _pump(program.stdout, process.stdout),
            _pump(program.stderr, process.stderr),
        )
        process.exit(await program.wait())


async def _pump(source: Any, sink: Any) -> None:
    """Pass on what is said, until one of the two hangs up."""
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    with suppress(OSError):
        sink.write_eof()


class _Guard(asyncssh.SSHServer):
    """Knows people by their keys."""

    def __init__(self, server: SshGitServer) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._server._open.append(conn)

    def begin_auth(self, username: str) -> bool:
        self._server.users.append(username)
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key.public_data in [each.public_data for each in self._server.known]


@contextmanager
def ssh_git_server(folder: Path, *known: asyncssh.SSHKey) -> Iterator[SshGitServer]:
    """A server for the repositories below the folder."""
    server = SshGitServer(folder, *known)
    server.start()
    try:
        yield server
    finally:
        server.stop()
