"""Somebody at every door. Whatever an answer changes is rolled back, once it was noticed."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.apps import apps
from django.db import connection, transaction
from django.test import AsyncClient, Client

from .asks import API, DATA
from .cells import Cell
from .roles import Role
from .world import World

LABELS = frozenset({"jobsmith", "users", "auth", "inventory"})
NO_RECORDS = frozenset({"jobsmith_signinfailure", "auth_permission"})
_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


@dataclass
class Came:
    """What came of a cell."""

    status: int
    body: bytes = b""
    headers: str = ""
    changed: bool = False

    @property
    def text(self) -> str:
        """All that was said."""
        return self.headers + self.body.decode(errors="replace")


class Asker:
    """One role with its session and its token."""

    def __init__(self, world: World, role: Role, token: str = "") -> None:
        self.world, self.role = world, role
        self._pages, self._programs = (Client(raise_request_exception=False) for _ in "12")
        self._streams, self._nobody = (AsyncClient(raise_request_exception=False) for _ in "12")
        self._headers: dict[str, str] = {}
        if role.is_signed_in:
            self._pages.force_login(world.users[role.name])
            self._streams.force_login(world.users[role.name])
            self._headers["authorization"] = f"Token {token or world.tokens[role.name]}"
        self.before = fingerprints()
        self._cookies = {name: each.value for name, each in self._pages.cookies.items()}

    def ask(self, cell: Cell) -> Came:
        """Send it."""
        body = cell.asks.send(self.world, self.role, cell.row) if cell.asks.send else None
        with kept(self.before) as watched:
            came = self.deliver(cell, body)
            came.changed = watched.changed()
        if came.changed:
            self.world.restore_files()
        return came

    def deliver(self, cell: Cell, body: Any) -> Came:
        """Send it with this body; what it changes stays."""
        if cell.asks.streams:
            return self._stream(cell)
        if cell.door == API:
            return self.send_json(cell.method, cell.address, body)
        self._pages.cookies = SimpleCookie(self._cookies)
        return _came(
            self._pages.generic(
                cell.method,
                cell.address,
                urlencode(body or {}, doseq=True),
                content_type="application/x-www-form-urlencoded",
            )
        )

    def send_json(self, method: str, address: str, body: Any) -> Came:
        """As a program does, with the role's token."""
        text = json.dumps(body) if body is not None else ""
        return _came(self.send(method, address, text, "application/json"))

    def send(
        self, method: str, address: str, body: Any, kind: str, headers: dict[str, str] | None = None
    ) -> Any:
        """Any request of a program, with the role's token; the answer as it is."""
        headers = {**(headers or {}), **self._headers}
        return self._programs.generic(method, address, body, content_type=kind, headers=headers)

    def open_stream(self, address: str, headers: dict[str, str] | None = None) -> Any:
        """An answer that may have no end, as a program asks for it."""
        headers = {**(headers or {}), **self._headers}
        return async_to_sync(self._nobody.get)(address, headers=headers)

    def _stream(self, cell: Cell) -> Came:
        """Only whether it opens: what flows is read by other tests."""
        headers = self._headers if cell.door == API else {}
        client = self._streams if cell.door == DATA else self._nobody
        answer = async_to_sync(getattr(client, cell.method.lower()))(cell.address, headers=headers)
        return Came(answer.status_code, b"" if answer.streaming else answer.content)


def _came(answer: Any) -> Came:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(answer.headers.items()))
    return Came(answer.status_code, body, headers)


class Watched:
    """Tables that were written to: only those can differ from what they were."""

    def __init__(self, before: dict[str, str]) -> None:
        self._before = before
        self._tables: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _WRITES.match(sql):
            self._tables.add(found[1])
        return execute(sql, params, many, context)

    def changed(self) -> bool:
        """Whether the records differ from what they were."""
        tables = self._tables & self._before.keys()
        return any(fingerprint(table) != self._before[table] for table in tables)


@contextmanager
def kept(before: dict[str, str]) -> Iterator[Watched]:
    """Whatever is changed inside is rolled back."""
    watched = Watched(before)
    with transaction.atomic(), connection.execute_wrapper(watched):
        yield watched
        transaction.set_rollback(True)


def fingerprints() -> dict[str, str]:
    """One text for each table of records."""
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.app_label in LABELS}
    return {table: fingerprint(table) for table in tables - NO_RECORDS}


def fingerprint(table: str) -> str:
    """One text for all rows of a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        rows = sorted(map(repr, cursor.fetchall()))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
