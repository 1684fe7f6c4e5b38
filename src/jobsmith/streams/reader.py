"""The one thread that does all database work of streams, so they never take request threads.

It keeps its connection for as long as somebody watches: to open one four times a second would
cost PostgreSQL a process each time.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import Error, connection

T = TypeVar("T")

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobsmith-hub")


async def read(work: Callable[[], T]) -> T:
    """The answer of ``work``; after a database error the next one gets a new connection."""
    return await asyncio.get_running_loop().run_in_executor(_thread, lambda: _guarded(work))


def rest() -> None:
    """Nobody watches: close the connection."""
    _thread.submit(_let_go)


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except Error:
        _let_go()
        raise


def _let_go() -> None:
    if not connection.in_atomic_block:
        connection.close()
