"""Pages of long lists: exact counts without counting, and far offsets without walking there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from jobsmith.errors import TooBroad

COUNTED = 100_000
"""Up to here a count is always exact and quick."""
SECONDS = 2.0
"""A list that takes longer than this, count or rows, is refused."""
FAR = 1_000
"""From this offset on, rows past the middle are read from the other end."""


def count_of(rows: QuerySet[Any]) -> int:
    """How many rows there are; where they are few, no more than those are looked at."""
    some = rows.order_by()[: COUNTED + 1].count()
    return some if some <= COUNTED else rows.count()


def page_of(rows: QuerySet[Any], *, offset: int, limit: int, count: int) -> list[Any]:
    """Rows of an ordered list.

    ``count`` is how many there are in all. Past the middle they are read backwards.
    """
    if offset < FAR or offset * 2 < count:
        return list(rows[offset : offset + limit])
    end = max(0, count - offset)
    return list(reversed(rows.reverse()[max(0, end - limit) : end]))


@contextmanager
def limited() -> Iterator[None]:
    """Inside, PostgreSQL ends a statement after `SECONDS`; raises TooBroad then."""
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "57014":
            raise TooBroad from error
        raise
