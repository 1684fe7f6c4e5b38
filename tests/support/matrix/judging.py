"""Compare what came with what had to come; one line for each thing that is wrong."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import Model

from . import oracle
from .asking import Came
from .asks import API
from .cells import SAFE, Cell, expected, reaches_bulk
from .world import CLASSES, MISSING, WORD, Row, World

_CSRF = re.compile(rb'(csrfmiddlewaretoken" value="|csrf-token" content=")[^"]*')
_VARIES = re.compile(r"Content-Length: \d+|Set-Cookie: .*")


@dataclass
class Report:
    """What was counted, and what is wrong."""

    cells: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, cell: object, wanted: object, got: object) -> None:
        """A wrong cell."""
        self.wrong.append(f"{cell} | expected {wanted} | got {got}")


def judge(world: World, cell: Cell, came: Came, report: Report) -> None:
    """Status, changes, words of hidden rows, and the rows of a list."""
    refusal = expected(world, cell)
    report.cells += len(CLASSES) if cell.asks.lists and not cell.asks.row else 1
    if not _is_expected(cell, came, refusal):
        report.note(cell, refusal or "an answer", f"{came.status} {came.body[:300]!r}")
    may_change = cell.is_declared and refusal is None and cell.writes and reaches_bulk(cell)
    if came.changed != may_change:
        report.note(cell, f"changes: {may_change}", f"changes: {came.changed} ({came.status})")
    if refusal == 302 and "sign-in/?next=" not in came.headers:
        report.note(cell, "the way to sign in", came.headers)
    asked = WORD.findall(f"{cell.address} {cell.asks.spelled(cell.row)}")
    for leak in oracle.leaks(world, cell.role, came.text, asked):
        report.note(cell, "nothing out of reach", leak)
    if refusal is None and cell.method == "GET" and cell.asks.lists:
        _judge_list(world, cell, came, report)
    if refusal is None and cell.asks.bulk and cell.door == API and cell.method != "DELETE":
        keys = [str(each["id"]) for each in json.loads(came.body)]
        wanted = [str(cell.key)] if reaches_bulk(cell) else []
        if keys != wanted:
            report.note(cell, wanted, keys)


def _is_expected(cell: Cell, came: Came, refusal: int | None) -> bool:
    if not cell.is_declared:
        only_refuses = {302, 401, 403, 404} if not cell.role.is_signed_in else {403, 404}
        as_get = came.status == refusal if refusal else _is_answer(cell, came)
        return came.status == 405 or as_get or came.status in only_refuses
    return came.status == refusal if refusal else _is_answer(cell, came)


def _is_answer(cell: Cell, came: Came) -> bool:
    if cell.asks.answers:
        return came.status in cell.asks.answers
    if cell.method in SAFE or not cell.is_declared:
        return came.status == 200
    return 200 <= came.status < 400


def _judge_list(world: World, cell: Cell, came: Came, report: Report) -> None:
    kind: Any = cell.asks.lists
    rows = [each for each in world.rows[kind] if oracle.sees(cell.role, each)]
    if cell.asks.below:
        rows = [each for each in rows if cell.row in each.hangs_on]
    wanted, shown = set(rows), shown_rows(world, kind, came.text)
    for row in wanted ^ shown:
        report.note(cell, f"shown: {row in wanted}", f"{row} shown: {row in shown}")
    said = _envelope(came)
    if said is not None and (said["count"], len(said["results"])) != (len(wanted),) * 2:
        report.note(cell, f"{len(wanted)} rows", f"{said['count']}, {len(said['results'])} rows")


def shown_rows(world: World, kind: type[Model], text: str) -> set[Row]:
    """Rows that an answer shows, by their keys or by words that stand on them only."""
    return {
        row
        for row in world.rows[kind]
        if (kind is not Group and str(row.pk) in text)
        or any(word in text for word in world.words_of.get(row, _names(row)))
    }


def _names(row: Row) -> tuple[str, ...]:
    """What tells a row that has neither a key like no other nor a word of its own."""
    return (row.name,) if row.kind is Group else ()


def _envelope(came: Came) -> Any:
    try:
        said = json.loads(came.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and {"count", "results"} <= said.keys() else None


Plain = tuple[int, str, bytes]


def plain(cell: Cell, came: Came) -> Plain:
    """The answer without what was asked for, to compare hidden rows with missing ones."""
    asked = [cell.key, *cell.parts.values(), *cell.asks.spelled(cell.row)]
    body, headers = _CSRF.sub(b"", came.body), came.headers
    for each in asked:
        for text in (str(each), each.hex) if isinstance(each, UUID) else (str(each),):
            if len(text) > 8:  # a number in the address is in no body
                body, headers = body.replace(text.encode(), b"KEY"), headers.replace(text, "KEY")
    return came.status, _VARIES.sub("", headers), body


def judge_alike(answers: Sequence[tuple[Cell, Plain]], report: Report) -> None:
    """A hidden row and a missing one get the same answer, byte for byte."""
    missing = [said for cell, said in answers if cell.klass == MISSING]
    for cell, said in answers:
        if missing and said != missing[0]:
            report.note(cell, f"as a missing one: {missing[0]}", said)
