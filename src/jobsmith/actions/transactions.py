"""The transaction of an action."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from jobsmith.errors import Busy


@contextmanager
def changes() -> Iterator[None]:
    """One transaction; raises Busy, with nothing changed, when the database takes no writes now.

    On SQLite a job may hold the one write lock for minutes; PostgreSQL may be failing over.
    """
    try:
        with transaction.atomic():
            yield
    except OperationalError as error:
        raise Busy from error
