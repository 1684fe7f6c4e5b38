"""The scheduler's loop. Any number may run: each thing it does is safe to do twice."""

import logging
import os
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone

from jobsmith import __version__
from jobsmith.actions.clear_away import (
    forget_deliveries,
    forget_due_times,
    forget_firings,
    forget_workers,
    prune_versions,
    remove_leftovers,
    remove_unused_packages,
    sum_up_tallies,
)
from jobsmith.actions.deliver import Deliveries
from jobsmith.actions.expire_approvals import expire_approvals
from jobsmith.actions.fire_hooks import fire_all
from jobsmith.actions.once import forget_old_keys
from jobsmith.actions.pause_failing import pause_failing
from jobsmith.actions.poll_repositories import Polls
from jobsmith.actions.prune_requests import prune_requests
from jobsmith.actions.prune_results import prune_results
from jobsmith.actions.sign_in import forget_old_failures
from jobsmith.actions.start_due import start_due
from jobsmith.actions.tell_events import forget_notifications, tell_events
from jobsmith.audit import BATCH, seal
from jobsmith.conf import conf
from jobsmith.engines import explain, release_ended, rescue
from jobsmith.engines.tidy import tidy
from jobsmith.errors import Busy
from jobsmith.models import Worker
from jobsmith.processes.liveness import hold, lock_path

from .folder import FolderFollower

logger = logging.getLogger("jobsmith.scheduler")

BEAT_SECONDS = 3.0
DUE_SECONDS = 1.0
HOOK_SECONDS = 1.0
NOTIFY_SECONDS = 1.0
POLL_SECONDS = 1.0
RESCUE_SECONDS = 5.0
SEAL_SECONDS = 3.0
SEAL_BATCHES = 20
"""Sealed at one go, so that a great many changes at once do not keep the loop from beating."""
TALLY_SECONDS = 10.0
TIDY_SECONDS = 60.0
CLEAR_SECONDS = 600.0
PRUNE_SECONDS = 10.0
PRUNE_AT_ONCE = 1.0
"""So long at most, so that due times do not wait for old runs."""
NAP = 0.2
"""How soon a request to stop is seen."""


@dataclass(slots=True)
class Step:
    """Something done again and again."""

    seconds: float
    do: Callable[[], object]
    due: float = 0.0


def run_scheduler(*, stop: Callable[[], bool], root: Path | None = None) -> int:
    """Beat, start what is due, fire job hooks, tell of what has happened, ask Git servers for new
    commits, follow the folder of jobs at ``root``, end lost runs, say why runs wait, seal the audit
    trail and clear away what is not needed any more, until told to stop; the exit code is 0."""
    row = _announce()
    lock = lock_path(conf().home, row.pk)
    hold(lock)
    polls, deliveries, folder = Polls(), Deliveries(), FolderFollower(root)
    steps = [*_steps(row, polls, deliveries), Step(0, folder.turn)]
    while not stop():
        take_due(steps, time.monotonic())
        time.sleep(NAP)
    polls.end()
    deliveries.end()
    folder.end()
    _guarded(lambda: _say_goodbye(row))
    lock.unlink(missing_ok=True)
    return 0


def _steps(row: Worker, polls: Polls, deliveries: Deliveries) -> list[Step]:
    return [
        Step(BEAT_SECONDS, lambda: _beat(row)),
        Step(DUE_SECONDS, start_due),
        Step(HOOK_SECONDS, fire_all),
        Step(NOTIFY_SECONDS, tell_events),
        Step(NOTIFY_SECONDS, deliveries.turn),
        Step(POLL_SECONDS, polls.turn),
        Step(RESCUE_SECONDS, rescue),
        Step(RESCUE_SECONDS, explain),
        Step(RESCUE_SECONDS, release_ended),
        Step(RESCUE_SECONDS, pause_failing),
        Step(SEAL_SECONDS, _seal_all),
        Step(TALLY_SECONDS, sum_up_tallies),
        Step(TIDY_SECONDS, tidy),
        Step(TIDY_SECONDS, expire_approvals),
        Step(CLEAR_SECONDS, forget_old_failures),
        Step(CLEAR_SECONDS, forget_old_keys),
        Step(CLEAR_SECONDS, forget_workers),
        Step(CLEAR_SECONDS, forget_due_times),
        Step(CLEAR_SECONDS, forget_firings),
        Step(CLEAR_SECONDS, forget_notifications),
        Step(CLEAR_SECONDS, forget_deliveries),
        Step(PRUNE_SECONDS, lambda: prune_results(seconds=PRUNE_AT_ONCE)),
        Step(TIDY_SECONDS, prune_requests),
        Step(CLEAR_SECONDS, prune_versions),
        Step(CLEAR_SECONDS, remove_leftovers),
        Step(CLEAR_SECONDS, remove_unused_packages),
    ]


def take_due(steps: Iterable[Step], now: float) -> None:
    """Take each step whose time has come; ``now`` is a `time.monotonic`."""
    for step in steps:
        if now >= step.due:
            step.due = now + step.seconds
            _guarded(step.do)


def _seal_all() -> None:
    for _ in range(SEAL_BATCHES):
        if seal() < BATCH:
            return


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
    """A database that is away or a disk that is full delays a step; it must not end the loop."""
    close_old_connections()
    try:
        step()
    except (DatabaseError, InterfaceError, Busy) as error:
        logger.warning("The database did not answer: %s", error)
    except OSError as error:
        logger.warning("The home folder cannot be used: %s", error)
