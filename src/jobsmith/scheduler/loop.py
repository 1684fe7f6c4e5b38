"""The scheduler's loop. Any number may run: each thing it does is safe to do twice."""

import logging
import os
import socket
import time
from collections.abc import Callable

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from jobsmith import __version__
from jobsmith.conf import conf
from jobsmith.engines import explain, rescue
from jobsmith.models import Worker
from jobsmith.processes.liveness import hold, lock_path

logger = logging.getLogger("jobsmith.scheduler")

BEAT_SECONDS = 3.0
RESCUE_SECONDS = 5.0
NAP = 0.2
"""How soon a request to stop is seen."""


def run_scheduler(*, stop: Callable[[], bool]) -> int:
    """Beat, end lost runs and say why runs wait, until told to stop; the exit code is 0."""
    row = _announce()
    lock = lock_path(conf().home, row.pk)
    hold(lock)
    next_beat = next_rescue = 0.0
    while not stop():
        now = time.monotonic()
        if now >= next_beat:
            next_beat = now + BEAT_SECONDS
            _guarded(lambda: _beat(row))
        if now >= next_rescue:
            next_rescue = now + RESCUE_SECONDS
            _guarded(rescue)
            _guarded(explain)
        time.sleep(NAP)
    _guarded(lambda: _say_goodbye(row))
    lock.unlink(missing_ok=True)
    return 0


def _announce() -> Worker:
    hostname, pid = socket.gethostname(), os.getpid()
    return Worker(
        kind=Worker.Kind.SCHEDULER,
        name=f"{hostname}:{pid}",
        hostname=hostname,
        pid=pid,
        version=__version__,
    )


def _beat(row: Worker) -> None:
    row.beat_at = timezone.now()
    row.save()


def _say_goodbye(row: Worker) -> None:
    row.stopped_at = timezone.now()
    row.save()


def _guarded(step: Callable[[], object]) -> None:
    """A database that is away or locked delays a step; it must not end the loop."""
    close_old_connections()
    try:
        step()
    except DatabaseError as error:
        logger.warning("The database did not answer: %s", error)
