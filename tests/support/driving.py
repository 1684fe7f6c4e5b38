"""Send anything anywhere, and tell what a server must never answer."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.test import Client

from jobsmith.graphql.kinds import KINDS
from jobsmith.models import Token

from .matrix.cells import Cell, cells_of, kind_of
from .matrix.roles import ROLES, User
from .matrix.routes import routes
from .matrix.world import OTHER, OWN, SUPERUSER, World

ROOT = next(role for role in ROLES if role.name == SUPERUSER)
NOT_ASKED = frozenset(
    {"jobsmith:run_stream", "jobsmith-api:job-result-stream", "jobsmith:ready", "jobsmith:account"}
    | {"jobsmith:sign_out"}
)
"""Streams have tests of their own; health is about workers; a new password ends the session."""
ONESELF = frozenset({User, Token})
"""Of these rows those of somebody else are written: the administrator needs their own."""
SAMPLE = 2
"""Pages of single records looked at, of each kind; the API's lists show every record whole."""
TRACE = re.compile(r"Traceback \(most recent|File \"[^\"]+\", line \d|django\.db\.utils|psycopg")


class Driver:
    """An administrator who sends what nobody should."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sent = self.poison = 0
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._pages = Client(raise_request_exception=False)
        self._programs = Client(raise_request_exception=False)
        self._pages.force_login(world.users[SUPERUSER])
        self._session = self._pages.cookies["sessionid"].value
        self.key = {"Authorization": f"Token {world.tokens[SUPERUSER]}"}

    def cells(self, method: str) -> Iterator[Cell]:
        """What there is to ask by that method, of a row that is there."""
        for route in routes():
            if route.name in NOT_ASKED:
                continue
            for cell in cells_of(self.world, ROOT, route):
                kind = kind_of(cell.asks)
                klass = OTHER if kind in ONESELF else OWN
                if cell.method == method and cell.klass == klass and cell.is_declared:
                    yield cell

    def send(
        self,
        method: str,
        path: str,
        body: Any = "",
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer; what is wrong with it is noted. A refusal leaves nothing behind."""
        is_page = not path.startswith("/api/")
        client = self._pages if is_page else self._programs
        if is_page:
            client.cookies["sessionid"] = self._session
        said = {**({} if is_page else self.key), **(headers or {})}
        with transaction.atomic():
            answer = client.generic(method, path, body, content_type=kind, headers=said)
            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            transaction.set_rollback(answer.status_code >= 400)
        self.sent += 1
        self.statuses[answer.status_code] += 1
        self._judge(f"{method} {path[:150]} {str(body)[:150]!r} {headers or ''}", answer, text)
        return answer

    def _judge(self, asked: str, answer: Any, text: bytes) -> None:
        said = text.decode(errors="replace")
        if answer.status_code >= 500:
            self.wrong.append(f"{answer.status_code} {asked[:400]}: {said[:150]}")
        if TRACE.search(said):
            self.wrong.append(f"trace {asked[:400]}")
        if answer.status_code >= 400 and not _says_why(answer, said):
            self.wrong.append(f"no sentence {answer.status_code} {asked[:400]}: {said[:100]!r}")

    def look_everywhere(self) -> None:
        """Every list and every record must still be shown."""
        before = len(self.wrong)
        for cell in self.cells("GET"):
            row = cell.row
            if row and not row.kind._default_manager.filter(pk=row.pk).exists():
                continue  # a value has taken it away, as it may
            self._look(cell.address, cell.asks.answers | {200, 302, 403, 405, 409})
            if cell.asks.row and cell.address.endswith(f"/{cell.key}/"):
                keys = self._some(cell.asks.row[1])
                for path in (cell.address.replace(str(cell.key), str(key)) for key in keys):
                    self._look(path, {200, 302, 404, 405, 409})
        for kind_ in KINDS.values():
            columns = " ".join(kind_.columns)
            query = json.dumps({"query": f"{{ {kind_.plural} {{ display {columns} }} }}"})
            answer = self.send("POST", "/api/graphql/", query)
            if answer.status_code != 200 or "errors" in answer.json():
                self.wrong.append(f"poison in {kind_.plural}: {answer.content[:200]!r}")
        self.poison += len(self.wrong) - before

    def _some(self, kind: type[Model]) -> list[Any]:
        """Keys of records that were not there at first."""
        there = [row.pk for row in self.world.rows[kind]]
        rows = kind._default_manager.exclude(pk__in=there).order_by("pk")
        keys = list(rows.values_list("pk", flat=True))
        return keys[:: len(keys) // SAMPLE + 1]

    def _look(self, path: str, allowed: Any) -> None:
        answer = self.send("GET", path)
        if answer.status_code not in allowed and answer.status_code < 500:
            self.wrong.append(f"poison {answer.status_code} {path}")


def _says_why(answer: Any, said: str) -> bool:
    if answer.status_code == 405 or answer.wsgi_request.method == "HEAD":
        return True
    if "json" in answer.headers.get("Content-Type", ""):
        found = json.loads(said)
        return bool(found) and found != {"detail": ""}
    return "<h1" in said or bool(said.strip())


def put_raw(body: Mapping[str, Any], field: str, raw: str) -> str:
    """The body as JSON, with that text where the field's value belongs."""
    return json.dumps({**body, field: "@raw@"}).replace('"@raw@"', raw)


def dealing(corpus: Sequence[Any]) -> Callable[[int], list[Any]]:
    """Hands out the next so many values, round and round: all are used, no place takes all."""
    endless = cycle(corpus)
    return lambda count: list(islice(endless, count))
