"""Databases and brokers of our own, to be stopped, cut off and emptied."""

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.support.served import free_port, wait_until


class Missing(Exception):
    """This machine has no such server."""


class SQLite:
    """A file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "site.sqlite3"
        self.url = f"sqlite:///{self._path}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read it."""
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def takes_writes(self) -> bool:
        """Whether nobody holds its one lock for long."""
        connection = sqlite3.connect(self._path, timeout=0.5, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def stop(self) -> None:
        """Nothing runs."""


class PostgreSQL:
    """A cluster made for this, which is stopped in the middle of things."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not found or os.geteuid() != 0 or not shutil.which("runuser"):
            raise Missing("PostgreSQL, and root to start one as postgres")
        self._bin = found[-1]
        self._folder = Path(tempfile.mkdtemp(prefix="jobsmith-chaos-pg-"))
        shutil.chown(self._folder, "postgres")
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "--auth=trust", "-N", "-D", "db")
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p {self.port}"
        self._run("pg_ctl", "-s", "-w", "-D", "db", "-l", "log", "-o", options, "start")

    def shut(self, mode: str = "immediate") -> None:
        """Stop it as by a crash."""
        self._run("pg_ctl", "-s", "-w", "-m", mode, "-D", "db", "stop")

    def takes_writes(self) -> bool:
        """There is no one lock."""
        return True

    def cut(self, chance: Callable[[], bool]) -> int:
        """End some of the connections."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            query = (
                "SELECT pid FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
            )
            pids = [pid for (pid,) in connection.execute(query).fetchall() if chance()]
            for pid in pids:
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        return len(pids)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read it."""
        with psycopg.connect(self.url, connect_timeout=5) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def stop(self) -> None:
        """Away with it."""
        with suppress(subprocess.CalledProcessError):
            self.shut()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        command = ["runuser", "-u", "postgres", "--", str(self._bin / program), *words]
        subprocess.run(
            command,
            cwd=self._folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )


class Redis:
    """A ``redis-server`` that keeps nothing."""

    name = "redis"

    def __init__(self) -> None:
        if not shutil.which("redis-server"):
            raise Missing("redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it, with nothing in it."""
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        wait_until(lambda: self._asks("PING"))

    def flush(self) -> None:
        """Everything is gone."""
        self._asks("FLUSHALL")

    def shut(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    stop = shut

    def _asks(self, word: str) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as raw:
                raw.sendall(f"{word}\r\n".encode())
                return raw.recv(64).startswith(b"+")
        except OSError:
            return False


class RabbitMQ:
    """A virtual host of the server that runs; its own would take a node of its own to start."""

    name = "rabbitmq"

    def __init__(self) -> None:
        if not shutil.which("rabbitmqctl"):
            raise Missing("RabbitMQ")
        self._host = f"chaos-{uuid.uuid4()}"
        self.url = f"amqp://guest:guest@127.0.0.1:5672/{self._host}"
        self.start()

    def start(self) -> None:
        """An empty virtual host."""
        self._order("add_vhost", self._host)
        self._order("set_permissions", "-p", self._host, "guest", ".*", ".*", ".*")

    def flush(self) -> None:
        """Every connection is closed."""
        self._order("close_all_connections", "-p", self._host, "chaos")

    def shut(self) -> None:
        """Nobody can connect any more, and all messages are gone."""
        self._order("delete_vhost", self._host)

    stop = shut

    def _order(self, *words: str) -> None:
        try:
            subprocess.run(
                ["rabbitmqctl", "-q", *words], check=True, stdout=subprocess.DEVNULL, timeout=60
            )
        except subprocess.CalledProcessError as error:
            raise Missing("a RabbitMQ that answers") from error
