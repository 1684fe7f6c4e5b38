"""Tells the engine of runs once they are committed."""

from collections.abc import Sequence

from django.db import transaction

from jobsmith.engines import engine
from jobsmith.failpoints import failpoint


def hint_after_commit(keys: Sequence[str]) -> None:
    """Call it inside the transaction that records them."""
    failpoint("enqueue.recorded")
    transaction.on_commit(lambda: _hint(keys))


def _hint(keys: Sequence[str]) -> None:
    failpoint("enqueue.committed")
    engine().hint(keys)
    failpoint("enqueue.hinted")
