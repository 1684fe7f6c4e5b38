"""Cells of the matrix: what is asked, what must come of it, and what came."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Model
from django.test import AsyncClient, Client

from . import oracle
from .asks import API, DATA, PAGE, Asks
from .roles import Role
from .routes import PROBED, Route
from .table import POLICY, address
from .world import CLASSES, MISSING, OUTSIDE, OWN, Row, World, missing_key

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ANONYMOUS = {PAGE: 302, DATA: 401, API: 403}
REFUSALS = frozenset({401, 403, 404})
LABELS = frozenset({"jobsmith", "users", "auth", "inventory"})
NOT_COUNTED = frozenset({"signinfailure", "permission"})
_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE)\b(?!.*(django_session|signinfailure))", re.I | re.S
)
_CSRF = re.compile(rb'(csrfmiddlewaretoken" value="|csrf-token" content=")[^"]*')


@dataclass(frozen=True)
class Cell:
    """One question."""

    route: str
    method: str
    role: Role
    klass: str
    row: Row | None
    asks: Asks

    def __str__(self) -> str:
        query = f"?{self.asks.query}" if self.asks.query else ""
        return f"{self.method} {self.route}{query} | {self.role} | {self.klass}"

    @property
    def door(self) -> str:
        """How the address meets people who are not signed in."""
        return self.asks.door or (PAGE if self.route.startswith("jobsmith:") else API)

    @property
    def writes(self) -> bool:
        """Whether an allowed answer changes something."""
        return self.asks.changes if self.asks.changes is not None else self.method not in SAFE


@dataclass
class Came:
    """What came of a cell."""

    status: int
    body: bytes = b""
    headers: str = ""
    kind: str = ""
    changed: bool = False

    @property
    def text(self) -> str:
        """All that was said."""
        return self.headers + self.body.decode(errors="replace")


@dataclass
class Report:
    """What was counted, and what is wrong."""

    cells: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, cell: object, expected: object, got: object) -> None:
        """A wrong cell."""
        self.wrong.append(f"{cell} | expected {expected} | got {got}")


# What there is to ask


def cells_of(world: World, role: Role, route: Route) -> Iterator[Cell]:
    """Every declared method of a route for every class; what else the view may take, once."""
    declared = POLICY.get(route.name, {})
    for method, asks in declared.items():
        for each in asks.variants or (asks,):
            yield from _of_method(world, role, route.name, method, each)
            if method == "GET" and not each.streams:
                yield from _of_method(world, role, route.name, "HEAD", each, few=True)
    if "GET" in declared and route.methods is not None and _door(route) == API:
        yield from _of_method(world, role, route.name, "OPTIONS", _described(declared["GET"]))


def _door(route: Route) -> str:
    return PAGE if route.name.startswith("jobsmith:") else API


def _described(asks: Asks) -> Asks:
    """OPTIONS tells which keys there are, to everybody who is signed in."""
    return Asks(public=asks.public, addressed=_kind(asks), answers=asks.answers)


def undeclared(route: Route) -> list[str]:
    """Methods that the view may take and the table does not name."""
    if route.methods is not None:
        return []
    return [each for each in PROBED if each not in POLICY.get(route.name, {})]


def _of_method(
    world: World, role: Role, route: str, method: str, asks: Asks, *, few: bool = False
) -> Iterator[Cell]:
    classes = (OUTSIDE, MISSING) if few else CLASSES
    kind = _kind(asks)
    if kind is None:
        areas = {OWN: "alpha", OUTSIDE: "beta"} if asks.creates else {OWN: "alpha"}
        for klass, area in areas.items():
            stand_in = Row(asks.creates, None, area) if asks.creates else None
            yield Cell(route, method, role, klass, stand_in, asks)
        return
    for klass in classes:
        yield Cell(route, method, role, klass, world.target(kind, klass, role, asks.flavour), asks)


def _kind(asks: Asks) -> type[Model] | None:
    """The kind of row that classes are about."""
    if asks.creates and asks.named:
        return asks.named[0][1]
    right = asks.row or asks.bulk
    return right[1] if right else asks.addressed


# What must come of it


def expected(world: World, cell: Cell) -> int | None:
    """The status of a refusal; None where the answer must be none."""
    asks, role, row = cell.asks, cell.role, cell.row
    if asks.public:
        return None
    if not role.is_signed_in:
        return ANONYMOUS[cell.door]
    if not all(oracle.has(role, *right) for right in asks.rights):
        return 403
    if asks.row and (row is None or not oracle.reaches(role, asks.row[0], row)):
        return 404
    if asks.creates:
        return _of_creation(asks, role, row)
    if row is None or (asks.bulk and not oracle.reaches(role, asks.bulk[0], row)):
        return None
    return next((status for each in asks.then if (status := each(world, role, row))), None)


def _of_creation(asks: Asks, role: Role, row: Row | None) -> int | None:
    if asks.named and (row is None or not oracle.sees(role, row)):
        return 400
    scopes = role.scopes("add", asks.creates) if asks.creates else []
    reached = row is None or not scopes or any(oracle.holds(each, role, row) for each in scopes)
    return None if reached else 403


# Asking


class Asker:
    """Somebody at every door, each answer rolled back."""

    def __init__(self, world: World, role: Role) -> None:
        self.world, self.role = world, role
        self.pages, self.programs = (
            Client(raise_request_exception=False),
            Client(raise_request_exception=False),
        )
        self.streams = AsyncClient(raise_request_exception=False)
        self.headers: dict[str, str] = {}
        if role.is_signed_in:
            self.pages.force_login(world.users[role.name])
            self.streams.force_login(world.users[role.name])
            self.headers["authorization"] = f"Token {world.tokens[role.name]}"
        self._cookies = {name: each.value for name, each in self.pages.cookies.items()}

    def ask(self, cell: Cell) -> Came:
        """Send it."""
        with kept() as watched:
            came = self._send(cell)
            came.changed = watched.changed()
        if came.changed:
            self.world.restore_files()
        return came

    def _send(self, cell: Cell) -> Came:
        key = cell.row.pk if cell.row else _missing(cell)
        kwargs = cell.asks.kwargs(cell.row) if cell.asks.kwargs else _kwargs(cell, key)
        path = address(cell.route, cell.asks, kwargs, key)
        body = cell.asks.send(self.world, self.role, cell.row) if cell.asks.send else None
        if cell.asks.streams:
            return self._stream(cell, path)
        if cell.door == API:
            return _came(
                self.programs.generic(
                    cell.method,
                    path,
                    json.dumps(body) if body is not None else "",
                    content_type="application/json",
                    headers=self.headers,
                )
            )
        self.pages.cookies = SimpleCookie(self._cookies)
        return _came(
            self.pages.generic(
                cell.method,
                path,
                urlencode(body or {}, doseq=True),
                content_type="application/x-www-form-urlencoded",
            )
        )

    def _stream(self, cell: Cell, path: str) -> Came:
        headers = self.headers if cell.door == API else {}
        client = self.streams if cell.door == DATA else AsyncClient(raise_request_exception=False)
        answer = async_to_sync(client.get)(path, headers=headers)
        return Came(answer.status_code, b"" if answer.streaming else answer.content)


def _missing(cell: Cell) -> Any:
    kind = _kind(cell.asks)
    return missing_key(kind) if kind else None


def _kwargs(cell: Cell, key: Any) -> dict[str, Any]:
    asks = cell.asks
    return {"pk": key} if (asks.row and not asks.key_in_query) or asks.addressed else {}


def _came(answer: Any) -> Came:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(answer.headers.items()))
    return Came(answer.status_code, body, headers)


class Watched:
    """Whether anything was written, told by the statements first: most cells write nothing."""

    def __init__(self) -> None:
        self.wrote = False
        self.before = ""

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not self.wrote and _WRITES.match(sql):
            self.before, self.wrote = fingerprint(), True
        return execute(sql, params, many, context)

    def changed(self) -> bool:
        """Whether the records differ from what they were."""
        return self.wrote and fingerprint() != self.before


@contextmanager
def kept() -> Iterator[Watched]:
    """Whatever is changed inside is rolled back."""
    watched = Watched()
    with transaction.atomic(), connection.execute_wrapper(watched):
        yield watched
        transaction.set_rollback(True)


def fingerprint() -> str:
    """One text for all records there are."""
    digest = hashlib.sha256()
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.app_label in LABELS and options.model_name not in NOT_COUNTED:
            rows = model._base_manager.order_by("pk").values_list()
            digest.update(repr((options.label, list(rows))).encode())
    return digest.hexdigest()


# Judging


def judge(world: World, cell: Cell, came: Came, report: Report) -> None:
    """Compare; one line for each thing that is wrong."""
    report.cells += 1
    refusal = expected(world, cell)
    if came.status != refusal if refusal else not _is_answer(cell, came):
        report.note(cell, refusal or "an answer", f"{came.status} {came.body[:200]!r}")
    may_change = refusal is None and cell.writes and _reaches_bulk(cell)
    if came.changed != may_change:
        report.note(cell, f"changes: {may_change}", f"changes: {came.changed} ({came.status})")
    if refusal == 302 and "sign-in/?next=" not in came.headers:
        report.note(cell, "the way to sign in", came.headers)
    for leak in oracle.leaks(world, cell.role, came.text):
        report.note(cell, "nothing out of reach", leak)
    if refusal is None and cell.method == "GET" and cell.asks.lists:
        _judge_list(world, cell, came, report)
    if refusal is None and cell.asks.bulk and cell.method != "DELETE":
        keys = [each["id"] for each in json.loads(came.body)]
        wanted = [str(cell.row.pk)] if cell.row and _reaches_bulk(cell) else []
        if list(map(str, keys)) != wanted:
            report.note(cell, wanted, keys)


def _is_answer(cell: Cell, came: Came) -> bool:
    if cell.asks.answers:
        return came.status in cell.asks.answers
    return came.status == 200 if cell.method in SAFE else 200 <= came.status < 400


def _reaches_bulk(cell: Cell) -> bool:
    if cell.asks.bulk is None:
        return True
    return cell.row is not None and oracle.reaches(cell.role, cell.asks.bulk[0], cell.row)


def _judge_list(world: World, cell: Cell, came: Came, report: Report) -> None:
    kind = cell.asks.lists
    assert kind is not None
    rows = [each for each in world.rows[kind] if oracle.sees(cell.role, each)]
    if cell.asks.below:
        rows = [each for each in rows if cell.row in each.hangs_on]
    wanted, shown = set(rows), shown_rows(world, kind, came.text)
    for row in wanted ^ shown:
        report.note(cell, f"shown: {row in wanted}", f"{row} shown: {row in shown}")
    said = _envelope(came)
    if said is not None and said["count"] != len(wanted):
        report.note(cell, f"count {len(wanted)}", f"count {said['count']}")
    if said is not None and len(said["results"]) != len(wanted):
        report.note(cell, f"{len(wanted)} rows", f"{len(said['results'])} rows")


def shown_rows(world: World, kind: type[Model], text: str) -> set[Row]:
    """Rows that an answer shows, by their keys or by words that stand on them only."""
    words = world.words_of
    return {
        row
        for row in world.rows[kind]
        if (kind is not Group and str(row.pk) in text)
        or any(word in text for word in words.get(row, ()))
    }


def _envelope(came: Came) -> Any:
    try:
        said = json.loads(came.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and {"count", "results"} <= said.keys() else None


def plain(cell: Cell, came: Came) -> tuple[int, str, bytes]:
    """The answer without the key that was asked for, to compare hidden rows with missing ones."""
    key = cell.row.pk if cell.row else _missing(cell)
    spelled = [str(key), key.hex] if isinstance(key, UUID) else []
    if cell.asks.kwargs:
        spelled += [str(each) for each in cell.asks.kwargs(cell.row).values() if each != "who"]
    body, headers = _CSRF.sub(b"", came.body), came.headers
    for each in spelled:
        body, headers = body.replace(each.encode(), b"KEY"), headers.replace(each, "KEY")
    return came.status, re.sub(r"Content-Length: \d+|Set-Cookie: .*", "", headers), body


def is_hidden(cell: Cell) -> bool:
    """Whether the row is out of reach, or is not there at all, for somebody with the right."""
    refusal = cell.asks.row or next(iter(cell.asks.named), None)
    if refusal is None or not all(oracle.has(cell.role, *each) for each in cell.asks.rights):
        return False
    return cell.row is None or not oracle.reaches(cell.role, refusal[0], cell.row)


def judge_alike(answers: list[tuple[Cell, Any]], report: Report) -> None:
    """A hidden row and a missing one get the same answer, byte for byte."""
    missing = [plain for cell, plain in answers if cell.klass == MISSING]
    for cell, plain in answers:
        if missing and plain != missing[0]:
            report.note(cell, f"as a missing one: {missing[0]}", plain)
