"""The transaction of an action."""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import NotFound

M = TypeVar("M", bound=Model)


@contextmanager
def changes() -> Iterator[None]:
    """One transaction; raises Busy, with nothing changed, when the database takes no writes now.

    On SQLite a job may hold the one write lock for minutes; PostgreSQL may be failing over.
    """
    try:
        with transaction.atomic():
            yield
    except DATABASE_FAULTS as error:
        raise database_refusal(error) from error


def database_now() -> datetime:
    """The one clock that all processes of all machines share."""
    told: datetime = ContentType.objects.annotate(now=Now()).values_list("now", flat=True)[0]
    return told


def held(row: M) -> M:
    """The row as it is now, nobody else's until the transaction ends; NotFound once it is gone."""
    found: M | None = type(row)._base_manager.select_for_update().filter(pk=row.pk).first()
    if found is None:
        raise NotFound
    return found


def hold_each(keys: Collection[UUID]) -> set[UUID]:
    """Those of the keys that nobody else holds: they are ours until the transaction ends.

    Waits for nobody. SQLite has one writer at a time, who is refused when its look is outdated.
    """
    if connection.vendor != "postgresql" or not keys:
        return set(keys)
    numbers = {_number(each): each for each in keys}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM unnest(%s::bigint[]) AS number "
            "WHERE pg_try_advisory_xact_lock(number)",
            [sorted(numbers)],
        )
        return {numbers[number] for (number,) in cursor.fetchall()}


def _number(key: UUID) -> int:
    """Advisory locks go by numbers, and a database has one set of them."""
    digest = hashlib.sha256(b"jobsmith" + key.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
