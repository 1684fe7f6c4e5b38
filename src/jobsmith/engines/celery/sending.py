"""Sends hints from a thread of its own, so that no request ever waits for the broker."""

import atexit
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import Any

from kombu.pidbox import Mailbox

from jobsmith.conf import conf

from .app import CONNECT_SECONDS, SEND_SECONDS, app, hint, transport_options

logger = logging.getLogger("jobsmith.engine")

Hint = tuple[str, str]
"""Queue and result id."""
LOOK: Hint = ("", "")
"""To every worker: look at the rows."""
MOST = 10_000
"""Hints kept while the broker is slow; the rest is left to the workers' own looks."""
QUIET_SECONDS = 1.0
"""For how long nothing is sent after the broker did not answer."""
IDLE_SECONDS = 30.0
"""After that a connection is closed: nobody answers the broker's heartbeats on it."""


class Sender:
    """One process's thread, connection and hints to send."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._hints: Queue[Hint] = Queue(MOST)
        self._quiet_until = 0.0
        self._connection: Any = None
        Thread(target=self._run, name="jobsmith-hints", daemon=True).start()
        atexit.register(self.finish)

    def send(self, hints: Sequence[Hint]) -> None:
        """Take them to be sent; what there is no room for is dropped."""
        if time.monotonic() < self._quiet_until:
            return
        with suppress(Full):
            for each in hints:
                self._hints.put_nowait(each)

    def finish(self) -> None:
        """Wait a little for what is still to be sent."""
        with self._hints.all_tasks_done:
            self._hints.all_tasks_done.wait_for(
                lambda: not self._hints.unfinished_tasks, CONNECT_SECONDS
            )

    def _run(self) -> None:
        while True:
            try:
                each = self._hints.get(timeout=IDLE_SECONDS)
            except Empty:
                self._close()
                continue
            try:
                self._send(each)
            except Exception as error:  # whatever a broker and its client come up with
                self._give_up(error)
            finally:
                self._hints.task_done()

    def _send(self, each: Hint) -> None:
        """A connection that has broken meanwhile is made anew, once."""
        if self._connection is not None:
            try:
                self._put(each)
            except Exception:
                self._close()
            else:
                return
        self._connection = connect(self._url)
        self._put(each)

    def _put(self, each: Hint) -> None:
        if each == LOOK:
            # `app.control` would take a connection of its own, and wait for the broker for ever.
            name = app.conf.control_exchange
            box = Mailbox(name, "fanout", self._connection, accept=["json"])  # type: ignore[no-untyped-call]
            box.abcast("jobsmith_look")  # type: ignore[no-untyped-call]
            return
        queue, result_id = each
        producer = self._connection.default_producer
        hint.apply_async((result_id,), queue=queue, producer=producer, retry=False)

    def _give_up(self, error: Exception) -> None:
        self._quiet_until = time.monotonic() + QUIET_SECONDS
        self._close()
        with suppress(Empty):
            while True:
                self._hints.get_nowait()
                self._hints.task_done()
        logger.warning(
            "The broker did not take a hint (%s); workers find its run by themselves",
            type(error).__name__,
        )

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.release()


def connect(url: str) -> Any:
    """An open connection, or an exception within seconds."""
    connection = _connection(url)
    connection.ensure_connection(max_retries=1, interval_start=0, timeout=SEND_SECONDS)
    connection.default_producer = app.amqp.Producer(connection, auto_declare=False)
    return connection


def _connection(url: str) -> Any:
    return app.connection_for_write(
        url,
        heartbeat=0,
        connect_timeout=CONNECT_SECONDS,
        transport_options=transport_options(url, read=True),
    )


def trouble() -> str:
    """Why the broker does not answer, without its password; empty when it does."""
    url = conf().broker_url
    try:
        connect(url).release()
    except Exception as error:
        return f"{_connection(url).as_uri()} does not answer ({type(error).__name__})."
    return ""


_senders: dict[str, Sender] = {}
_lock = Lock()


def send(hints: Sequence[Hint]) -> None:
    """Send these some time soon."""
    url = conf().broker_url
    with _lock:
        sender = _senders.get(url) or _senders.setdefault(url, Sender(url))
    sender.send(hints)


def _forget() -> None:
    """A fork has neither the threads nor whatever they held."""
    global _lock
    _senders.clear()
    _lock = Lock()


os.register_at_fork(after_in_child=_forget)
