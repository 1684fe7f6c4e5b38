"""What ``run()`` may return: any value at all, made safe to record.

A value that JSON cannot hold becomes a note in its place, and never changes how the run ended.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from typing import Any
from uuid import UUID

from .limits import SoftTimeLimitExceeded
from .safe import preview, safe_text

JSON = Any
MAX_DEPTH = 100
MAX_INTEGER_BITS = 4096
NOTE = "__jobsmith_note__"
_AS_TEXT = (Decimal, UUID, PurePath, IPv4Address, IPv4Network, IPv6Address, IPv6Network, timedelta)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that pages show as one."""

    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Markdown:
    """Text that pages show formatted."""

    text: str


class _TooLarge(Exception):
    """The value would take more than the bytes allowed."""


def to_json_safe(value: object, max_bytes: int = 1024 * 1024) -> JSON:
    """The JSON form of any value; parts that have none, and what is too large, become notes."""
    try:
        return _Walk(max_bytes).convert(value)
    except _TooLarge:
        return note(f"The value is larger than {max_bytes} bytes and was not kept.", value)


def note(sentence: str, value: object) -> JSON:
    """The stand-in for a value that cannot be recorded."""
    return {NOTE: sentence, "type": type(value).__qualname__, "preview": clean_text(preview(value))}


def clean_text(text: str) -> str:
    """Text that every database holds: no NUL, no lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class _Walk:
    """One conversion: what may still be written, and the containers it is inside of."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._inside: set[int] = set()

    def convert(self, value: object) -> JSON:
        try:
            return self._convert(value)
        except (_TooLarge, SoftTimeLimitExceeded):
            raise
        except Exception:  # the value's own code may raise anything
            return note("The value could not be read.", value)

    def _convert(self, value: object) -> JSON:
        if value is None or isinstance(value, bool):
            return self._spend(value, 5)
        if isinstance(value, Enum):
            return self.convert(value.value)
        if isinstance(value, str):
            return self._text(str(value))
        if isinstance(value, int | float):
            return self._number(value)
        if isinstance(value, Table | Markdown):
            return self._typed(value)
        if isinstance(value, Mapping | list | tuple | set | frozenset):
            return self._container(value)
        return self._other(value)

    def _spend(self, value: JSON, size: int) -> JSON:
        self._budget -= size
        if self._budget < 0:
            raise _TooLarge
        return value

    def _text(self, text: str) -> JSON:
        self._spend(None, len(text) + 2)
        cleaned = clean_text(text)
        return self._spend(cleaned, len(cleaned.encode()) - len(cleaned))

    def _number(self, value: int | float) -> JSON:
        if isinstance(value, float) and not math.isfinite(value):
            return note("JSON has no such number.", value)
        if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
            return note("The number is too long.", "integer")
        plain = float(value) if isinstance(value, float) else int(value)
        return self._spend(plain, 8)

    def _typed(self, value: Table | Markdown) -> JSON:
        if isinstance(value, Markdown):
            return {"__jobsmith_type__": "markdown", "text": self._text(safe_text(value.text))}
        return {
            "__jobsmith_type__": "table",
            "title": self._text(safe_text(value.title)),
            "columns": [self._text(safe_text(column)) for column in value.columns],
            "rows": [[self.convert(cell) for cell in row] for row in value.rows],
        }

    def _container(self, value: Any) -> JSON:
        if id(value) in self._inside:
            return note("The value contains itself.", type(value))
        if len(self._inside) >= MAX_DEPTH:
            return note("The value is nested too deeply.", type(value))
        self._inside.add(id(value))
        try:
            if isinstance(value, Mapping):
                return {self._key(key): self.convert(item) for key, item in value.items()}
            return [self._spend(self.convert(item), 1) for item in value]
        finally:
            self._inside.discard(id(value))

    def _key(self, key: object) -> str:
        text = key.value if isinstance(key, Enum) else key
        return str(self._text(safe_text(text)))

    def _other(self, value: object) -> JSON:
        if isinstance(value, datetime | date | time):
            return self._text(value.isoformat())
        if isinstance(value, _AS_TEXT) or type(value).__module__.startswith("netaddr"):
            return self._text(safe_text(value))
        if hasattr(type(value), "_meta") and hasattr(value, "pk"):
            return self._record(value)
        if isinstance(value, bytes):
            return self._bytes(value)
        if isinstance(value, Exception):
            return self._text(f"{type(value).__name__}: {safe_text(value)}")
        return note("The value has no JSON form.", value)

    def _bytes(self, value: bytes) -> JSON:
        try:
            return self._text(value.decode())
        except UnicodeDecodeError:
            return note("The bytes are no text: make a file of them.", value)

    def _record(self, value: Any) -> JSON:
        return {
            "id": self._text(safe_text(value.pk)),
            "object_type": self._text(value._meta.label_lower),
            "display": self._text(safe_text(value)),
        }
