"""Inserts log and console rows by the thousand: plain values, no model instances."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from jobsmith.models import JobConsoleEntry, JobLogEntry
from jobsmith.models.base import time_ordered_uuid

from .run import Row

_LOG = (
    *("id", "job_result_id", "seq", "created", "log_level", "grouping"),
    *("message", "log_object", "absolute_url"),
)
_CONSOLE = ("id", "job_result_id", "seq", "timestamp", "output_type", "text")


def insert(rows: Iterable[tuple[str, Row]]) -> None:
    """Insert rows of runs, each with the id of its run."""
    key = _identity if connection.features.has_native_uuid_field else _hex
    moment = connection.ops.adapt_datetimefield_value
    logs: list[tuple[Any, ...]] = []
    console: list[tuple[Any, ...]] = []
    ids: dict[str, Any] = {}
    for result_id, row in rows:
        if result_id not in ids:
            ids[result_id] = key(UUID(result_id))
        created = moment(datetime.fromtimestamp(row["created"], UTC))
        head = (key(time_ordered_uuid()), ids[result_id], row["seq"], created)
        if row["kind"] == "log":
            texts = (row["level"], row["grouping"], row["message"], row["object"], row["url"])
            logs.append(head + texts)
        else:
            console.append((*head, row["type"], row["text"]))
    _insert(JobLogEntry, _LOG, logs)
    _insert(JobConsoleEntry, _CONSOLE, console)


def _insert(
    model: type[models.Model], names: Sequence[str], values: Sequence[tuple[Any, ...]]
) -> None:
    if not values:
        return
    quote: Callable[[str], str] = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in names)
    marks = ", ".join(["%s"] * len(names))
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            values,
        )


def _identity(value: UUID) -> UUID:
    return value


def _hex(value: UUID) -> str:
    return value.hex
