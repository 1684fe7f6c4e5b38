"""Limits hold while the supervisor hangs, and a database that is away ends nobody."""

import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.db import connection

from jobsmith.models import JobResult, Worker

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's one write lock")
only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a server")


def until_it_runs(result: JobResult) -> None:
    wait_for(lambda: JobResult.objects.get(pk=result.pk).log_count > 0)


def test_the_hard_limit_holds_while_the_supervisor_hangs(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method)
    result = make_result("IgnoresAll", time_limit=5, soft_time_limit=0)
    until_it_runs(result)
    os.kill(worker.process.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: not worker.survivors(), 12)
    finally:
        os.kill(worker.process.pid, signal.SIGCONT)
    finish(result, 10)
    assert (result.status, result.cause) == ("FAILURE", "time_limit")
    assert "5 seconds" in result.cause_detail


@only_sqlite
def test_a_worker_that_starts_while_the_database_is_locked_waits(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    result = make_result("NoOp")
    locker = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    worker = start_worker()
    time.sleep(5)
    assert worker.process.poll() is None
    locker.execute("ROLLBACK")
    locker.close()
    assert finish(result).status == "SUCCESS"


@only_sqlite
def test_a_worker_that_waits_for_the_database_may_be_stopped(start_worker: Start) -> None:
    locker = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    worker = start_worker()
    time.sleep(3)
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(10) == 0
    locker.close()


class Proxy:
    """Between a worker and its database server; may stop passing anything on."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.flows = threading.Event()
        self.flows.set()
        self._sockets = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.flows.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.flows.set()
        for each in self._sockets:
            each.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    found = Proxy(connection.settings_dict["HOST"], int(connection.settings_dict["PORT"] or 5432))
    yield found
    found.close()


@only_postgres
def test_the_hard_limit_holds_while_the_database_server_hangs(
    start_worker: Start,
    make_result: Make,
    finish: Finish,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = connection.settings_dict
    address = f"postgres://{given['USER']}@127.0.0.1:{proxy.port}/x"
    monkeypatch.setenv("DATABASE_URL", address)
    worker = start_worker()
    result = make_result("IgnoresAll", time_limit=5, soft_time_limit=0)
    until_it_runs(result)
    proxy.flows.clear()
    wait_for(lambda: not worker.survivors(), 12)
    proxy.flows.set()
    finish(result, 20)
    assert (result.status, result.cause) == ("FAILURE", "time_limit")


@only_postgres
def test_connections_that_are_cut_end_nothing(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    worker = start_worker()
    result = make_result("Chatty")
    until_it_runs(result)
    give_up_at = time.monotonic() + 7
    while time.monotonic() < give_up_at:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        time.sleep(0.1)
    assert worker.process.poll() is None
    assert finish(result).status == "SUCCESS"
    seqs = list(result.job_log_entries.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, result.log_count + 1))
    assert Worker.objects.get(pk=result.worker_id).stopped_at is None


@only_postgres
def test_a_locked_row_does_not_hold_the_supervisor(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    worker = start_worker()
    locked = make_result("Chatty")
    limited = make_result("IgnoresAll", time_limit=5, soft_time_limit=0)
    until_it_runs(locked)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM jobsmith_jobresult WHERE id = %s FOR UPDATE", [str(locked.pk)]
            )
            wait_for(lambda: not worker.survivors(), 12)
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert finish(limited).cause == "time_limit"
    assert finish(locked).status == "SUCCESS"
