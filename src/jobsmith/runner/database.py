"""A worker's way to its database: it waits briefly, and comes back later for an answer."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, connection

from .faults import Unreachable

BUSY_MILLISECONDS = 100
"""How long a supervisor waits for SQLite's one write lock; it has frames to read."""
RETRY_SECONDS = 0.25
PATIENCE: dict[str, int] = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""For PostgreSQL: how soon a server that is gone is given up."""
SERVER_PATIENCE = "-c lock_timeout=1000 -c statement_timeout=5000"
"""How soon a server that is there gives up, in milliseconds."""

T = TypeVar("T")


class Away(Exception):
    """The database does not answer now: keep everything and come back later."""


class Database:
    """Asks the database; after a failure not again before a while, as each try may take long."""

    def __init__(self) -> None:
        self._closed_until = 0.0

    def ask(self, question: Callable[[], T]) -> T:
        """The answer; raises Away."""
        began = time.monotonic()
        if began < self._closed_until:
            raise Away
        try:
            return question()
        except Unreachable as error:
            reset_connection()
            now = time.monotonic()
            self._closed_until = now + max(RETRY_SECONDS, now - began)
            raise Away from error


def be_patient_briefly() -> None:
    """Have this thread's connection give up soon, whoever holds a lock and whatever hangs."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    elif connection.vendor == "postgresql":
        given: dict[str, Any] = connection.settings_dict
        options = {**PATIENCE, **given["OPTIONS"]}
        if SERVER_PATIENCE not in options.get("options", ""):
            options["options"] = f"{options.get('options', '')} {SERVER_PATIENCE}".strip()
            connection.close()
            connection.settings_dict = {**given, "OPTIONS": options}


def reset_connection() -> None:
    """Drop a connection that broke, so that the next use opens another."""
    if connection.vendor != "sqlite":
        with suppress(DatabaseError, InterfaceError):
            connection.close()
