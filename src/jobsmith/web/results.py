"""A return value as blocks that a page can show."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from jobsmith.spreadsheets import harmless

TYPE, NOTE = "__jobsmith_type__", "__jobsmith_note__"
ROWS_SHOWN = 500
BLOCKS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a result."""

    kind: str
    """``table``, ``markdown``, ``note``, ``facts`` or ``json``."""
    title: str = ""
    text: str = ""
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    total: int = 0
    number: int = 0
    """Place among the tables of the result, for downloads."""
    value: Any = None


class _Facts(dict[str, Any]):
    """Plain members of a result, shown as one list."""


def blocks(result: Any) -> list[Block]:
    """The parts of a result in order: typed ones as what they are, everything else as JSON."""
    found: list[Block] = []
    tables = 0
    for title, value in _parts(result):
        block = _block(title, value, tables)
        tables += block.kind == "table"
        found.append(block)
    return found[:BLOCKS_SHOWN]


def table_as_csv(result: Any, number: int) -> str | None:
    """One table of a result as CSV; None when there is none with that number.

    Cells that a spreadsheet would take for a formula get an apostrophe.
    """
    tables = [value for _, value in _parts(result) if _type(value) == "table"]
    if not 0 <= number < len(tables):
        return None
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([_harmless(cell) for cell in tables[number].get("columns", [])])
    for row in tables[number].get("rows", []):
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def markdown(text: str) -> SafeString:
    """Markdown as HTML that nh3 has cleaned."""
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return SafeString(nh3.clean(rendered, tags=set(TAGS), attributes=ATTRIBUTES))


TAGS = frozenset(
    "p br hr em strong del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 a "  # noqa: SIM905
    "table thead tbody tr th td".split()
)
ATTRIBUTES = {"a": {"href", "title"}}


def _parts(result: Any) -> Iterator[tuple[str, Any]]:
    """The value itself, or its members when some of them are typed; plain ones stand together."""
    if _type(result):
        yield "", result
    elif isinstance(result, dict) and any(_type(value) for value in result.values()):
        plain = {key: value for key, value in result.items() if _is_plain(value)}
        if plain:
            yield "", _Facts(plain)
        yield from ((str(key), value) for key, value in result.items() if key not in plain)
    elif isinstance(result, list) and any(_type(value) for value in result):
        yield from (("", value) for value in result)
    else:
        yield "", result


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _type(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    if isinstance(value, _Facts):
        return "facts"
    if NOTE in value:
        return "note"
    kind = value.get(TYPE)
    if kind == "table":
        return "table" if _is_table(value) else ""
    return "markdown" if kind == "markdown" else ""


def _is_table(value: dict[str, Any]) -> bool:
    """Whether it has a table's shape: a job may return anything under that name."""
    columns, rows = value.get("columns"), value.get("rows")
    shaped = isinstance(columns, list) and isinstance(rows, list)
    return shaped and all(isinstance(row, list) for row in rows or ())


def _block(title: str, value: Any, tables: int) -> Block:
    kind = _type(value)
    if kind == "facts":
        return Block("facts", value={key: _cell(each) for key, each in value.items()})
    if kind == "table":
        return _table(title, value, tables)
    if kind == "markdown":
        return Block("markdown", title, str(value.get("text", "")))
    if kind == "note":
        return Block("note", title, str(value[NOTE]), value=value)
    return Block("json", title, json.dumps(value, indent=2, ensure_ascii=False))


def _table(title: str, value: dict[str, Any], number: int) -> Block:
    rows = value.get("rows") or []
    return Block(
        "table",
        str(value.get("title") or title),
        columns=[str(each) for each in value.get("columns") or []],
        rows=[[_cell(cell) for cell in row] for row in rows[:ROWS_SHOWN]],
        total=len(rows),
        number=number,
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _harmless(value: Any) -> str:
    text = _cell(value)
    return harmless(text) if isinstance(value, str) else text
