"""Real brokers that may be emptied, cut off and killed: a Redis and a virtual host of our own."""

import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest

from tests.support.served import free_port, wait_until


class Broker(Protocol):
    """What a test does to one."""

    url: str

    def waiting(self, queue: str) -> int: ...
    def put(self, queue: str, body: str, headers: dict[str, object], kind: str) -> None: ...
    def empty(self, *queues: str) -> None: ...
    def away(self) -> AbstractContextManager[None]: ...
    def put_rubbish(self, queue: str) -> None: ...
    def stop(self) -> None: ...


class _Asked:
    """Asks by a connection of its own each time."""

    url: str

    def put(self, queue: str, body: str, headers: dict[str, object], kind: str) -> None:
        from kombu import Connection

        with Connection(self.url) as connection:
            connection.Producer().publish(
                body,
                routing_key=queue,
                exchange="",
                headers=headers,
                content_type=kind,
                content_encoding="utf-8",
                correlation_id=str(uuid.uuid4()),
            )


class Redis(_Asked):
    """A ``redis-server`` that keeps nothing."""

    def __init__(self) -> None:
        if not shutil.which("redis-server"):
            pytest.skip("NOT TESTED: there is no redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._start()

    def empty(self, *queues: str) -> None:
        assert self._ask(b"FLUSHALL") == b"+OK"

    def waiting(self, queue: str) -> int:
        return int(self._ask(b"LLEN " + queue.encode())[1:])

    @contextmanager
    def away(self) -> Iterator[None]:
        """Killed, away for a while, and back with nothing in it."""
        self.stop()
        yield
        self._start()

    def put_rubbish(self, queue: str) -> None:
        """Something that no client would send."""
        for rubbish in (b"rubbish", b"[]", b"{}", b"\xff"):
            assert self._ask(b" ".join((b"LPUSH", queue.encode(), rubbish))).startswith(b":")

    def _ask(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port)) as raw:
            raw.sendall(command + b"\r\n")
            return raw.recv(64).strip()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        wait_until(lambda: listens(self.port))


class RabbitMQ(_Asked):
    """A virtual host of the server that runs."""

    def __init__(self) -> None:
        if not shutil.which("rabbitmqctl") or not listens(5672):
            pytest.skip("NOT TESTED: no RabbitMQ listens on port 5672")
        self.name = f"engines-{uuid.uuid4()}"
        self.url = f"amqp://guest:guest@127.0.0.1:5672/{self.name}"
        self._order("add_vhost", self.name)
        self._order("set_permissions", "-p", self.name, "guest", ".*", ".*", ".*")

    def empty(self, *queues: str) -> None:
        from kombu import Connection

        with Connection(self.url) as connection, connection.channel() as channel:
            for each in queues:
                channel.queue_purge(each)

    def waiting(self, queue: str) -> int:
        from kombu import Connection

        with Connection(self.url) as connection, connection.channel() as channel:
            return channel.queue_declare(queue, passive=True).message_count

    @contextmanager
    def away(self) -> Iterator[None]:
        """Every connection is closed by the server."""
        self._order("close_all_connections", "-p", self.name, "a test")
        yield

    def put_rubbish(self, queue: str) -> None:
        """Something that no client would send."""
        self.put(queue, "rubbish", {}, "")

    def stop(self) -> None:
        self._order("delete_vhost", self.name)

    def _order(self, *words: str) -> None:
        subprocess.run(["rabbitmqctl", "-q", *words], check=True, stdout=subprocess.DEVNULL)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
