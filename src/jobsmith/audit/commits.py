"""Tells who wants to know that a transaction which noted changes has committed."""

import uuid
from collections.abc import Callable

from django.db import router, transaction

from jobsmith.models import ObjectChange

_listeners: list[Callable[[], object]] = []


class _Told:
    """Stands among what a transaction shall do after its commit, once."""

    def __init__(self) -> None:
        self.transaction_id = uuid.uuid4()

    def __call__(self) -> None:
        for each in list(_listeners):
            each()


def listen(call: Callable[[], object]) -> None:
    """Have this called after each commit of a transaction that noted changes."""
    _listeners.append(call)


def silence() -> None:
    """Call nobody in this process any more: it is that of a run."""
    _listeners.clear()


def announce() -> uuid.UUID:
    """See that listeners are called after the commit; tells an id of the transaction.

    Outside of a transaction they are called at once, and each change has an id of its own.
    """
    using = router.db_for_write(ObjectChange)
    connection = transaction.get_connection(using)
    for _, call, *_ in connection.run_on_commit:
        if isinstance(call, _Told):
            return call.transaction_id
    told = _Told()
    transaction.on_commit(told, using=using, robust=True)
    return told.transaction_id
