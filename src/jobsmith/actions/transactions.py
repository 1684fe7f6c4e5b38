"""The transaction of an action."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
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
