"""The default engine: a worker of this machine takes waiting rows itself, woken by a doorbell."""

import logging
import os
import socket
import time
from collections.abc import Callable, Sequence

from django.db import DatabaseError
from django.utils import timezone

from jobsmith import __version__
from jobsmith.conf import conf
from jobsmith.lifecycle import Cause
from jobsmith.models import Worker
from jobsmith.processes.launcher import Launcher
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.processes.sandbox import Sandbox
from jobsmith.runner.database import be_patient_briefly, reset_connection
from jobsmith.runner.faults import Unreachable
from jobsmith.runner.rescue import rescue
from jobsmith.runner.server import limits, start_server
from jobsmith.runner.supervisor import Supervisor
from jobsmith.runner.versions import outdated
from jobsmith.sources.packages import loaded_digests
from jobsmith.sources.user import choose_user

from . import doorbell
from .base import StopMode
from .tidy import tidy

logger = logging.getLogger("jobsmith.worker")

ANNOUNCE_SECONDS = 0.5
RESCUE_SECONDS = 5.0
STOP_SECONDS = 8.0


class LocalEngine:
    """Workers and web on one machine, with nothing but the database between them."""

    name = "local"

    def hint(self, result_ids: Sequence[str]) -> None:
        """Ring every worker's bell."""
        doorbell.ring()

    def run_worker(
        self, *, queues: Sequence[str], slots: int, name: str, stop: Callable[[], StopMode]
    ) -> int:
        """Take and run jobs until stopped."""
        return serve(queues=queues, slots=slots, name=name, stop=stop)

    def trouble(self) -> str:
        """Nothing: there is but the database between web and worker."""
        return ""


def serve(
    *,
    queues: Sequence[str],
    slots: int,
    name: str,
    stop: Callable[[], StopMode],
    bell: socket.socket | None = None,
    turned: Callable[[Supervisor], None] = lambda _: None,
) -> int:
    """A worker's life. ``bell`` wakes it as the doorbell does, ``turned`` is told of each round."""
    worker = _worker(queues, slots, name)
    supervisor, note = new_supervisor(worker)
    lock = hold(lock_path(conf().home, worker.pk))
    own_bell = doorbell.hang(worker.pk)
    for each in filter(None, (own_bell, bell)):
        supervisor.listen(each)
    try:
        worker.note = " ".join(filter(None, (note, supervisor.note)))[:500]
        _announce(worker, stop)
        _guarded(rescue)
        _guarded(tidy)
        _work(supervisor, worker, stop, turned)
    except Exception as error:
        said = f"It ended over an error: {type(error).__name__}: {error}"[:500]
        _update(worker, stopped_at=timezone.now(), last_words=said)
        raise
    finally:
        supervisor.close()
        doorbell.take_down(worker.pk)
        own_bell.close()
        os.close(lock)
    return 0


def new_supervisor(worker: Worker) -> tuple[Supervisor, str]:
    """A supervisor for a worker row that is not saved yet, and a note on whom jobs run as.

    Comes first of all: its fork server shares what is loaded only while nothing is opened.
    """
    bounds, note = choose_user(limits())
    worker.packages = loaded_digests()

    def start(sandbox: Sandbox | None) -> Launcher:
        return start_server(str(worker.pk), conf().start_method, bounds, sandbox)

    supervisor = Supervisor(
        worker=worker, slots=worker.slots, queues=worker.queues, start_server=start
    )
    return supervisor, note


def _worker(queues: Sequence[str], slots: int, name: str) -> Worker:
    host = socket.gethostname()
    return Worker(
        name=name or f"{host}:{os.getpid()}",
        hostname=host,
        pid=os.getpid(),
        version=__version__,
        queues=list(queues),
        slots=slots,
    )


def _announce(worker: Worker, stop: Callable[[], StopMode]) -> None:
    """Record the worker; a database that is locked or away is waited for."""
    while stop() is StopMode.GO_ON:
        try:
            be_patient_briefly()
            Worker.objects.bulk_create([worker], ignore_conflicts=True)
            return
        except Unreachable as error:
            logger.warning("The database did not answer: %s", error)
            reset_connection()
            time.sleep(ANNOUNCE_SECONDS)


def _guarded(step: Callable[[], object]) -> None:
    """A database that is away or a disk that is full delays a step; it must not end the worker."""
    try:
        step()
    except Unreachable as error:
        logger.warning("The database did not answer: %s", error)
        reset_connection()
    except (DatabaseError, OSError) as error:
        logger.error("The worker could not look after dead workers", exc_info=error)


def _work(
    supervisor: Supervisor,
    worker: Worker,
    stop: Callable[[], StopMode],
    turned: Callable[[Supervisor], None],
) -> None:
    rescue_at = 0.0
    while (mode := stop()) is StopMode.GO_ON:
        if time.monotonic() >= rescue_at:
            rescue_at = time.monotonic() + RESCUE_SECONDS
            _guarded(rescue)
            _guarded(lambda: _keep_up(worker))
        supervisor.step()
        turned(supervisor)
    supervisor.claiming = False
    _update(worker, draining=True)
    if mode is StopMode.DRAIN:
        _drain(supervisor, stop)
    words = _last_words(supervisor.busy)
    _end_now(supervisor)
    _update(worker, draining=False, stopped_at=timezone.now(), last_words=words)


def _keep_up(worker: Worker) -> None:
    """Say so when an upgrade has left us behind; nothing is claimed from then on."""
    said = outdated()
    if said != worker.outdated:
        worker.outdated = said
        Worker.objects.filter(pk=worker.pk).update(outdated=said)
        if said:
            logger.warning(said)


def _last_words(busy: int) -> str:
    if not busy:
        return "It was asked to stop, and had no run left."
    runs = "1 run that went on was" if busy == 1 else f"{busy} runs that went on were"
    return f"It was asked to stop at once, or had waited for too long: {runs} ended."


def _drain(supervisor: Supervisor, stop: Callable[[], StopMode]) -> None:
    give_up_at = time.monotonic() + conf().drain_seconds
    while supervisor.busy and stop() is not StopMode.NOW and time.monotonic() < give_up_at:
        supervisor.step()


def _end_now(supervisor: Supervisor) -> None:
    supervisor.stop_all(Cause.WORKER_STOPPED, "The worker was stopped while the job ran.")
    give_up_at = time.monotonic() + STOP_SECONDS
    while supervisor.busy and time.monotonic() < give_up_at:
        supervisor.step(0.1)


def _update(worker: Worker, **values: object) -> None:
    _guarded(lambda: Worker.objects.filter(pk=worker.pk).update(**values))
