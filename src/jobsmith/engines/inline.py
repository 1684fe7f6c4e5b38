"""For tests: a run goes to its end in the caller's own process tree, still in a real child."""

import os
import socket
import time
from collections.abc import Callable, Sequence

from jobsmith import __version__
from jobsmith.conf import conf
from jobsmith.models import JobResult, Worker
from jobsmith.processes.liveness import hold, lock_path

from .base import StopMode
from .local import LocalEngine, new_supervisor


class InlineEngine:
    """Runs accepted jobs before the hint returns."""

    name = "inline"

    def hint(self, result_ids: Sequence[str]) -> None:
        """Run what waits among these."""
        for result in JobResult.objects.filter(pk__in=result_ids, status="PENDING"):
            _run_through(result)

    def run_worker(
        self, *, queues: Sequence[str], slots: int, name: str, stop: Callable[[], StopMode]
    ) -> int:
        """The same worker as the local engine's."""
        return LocalEngine().run_worker(queues=queues, slots=slots, name=name, stop=stop)

    def trouble(self) -> str:
        """Nothing."""
        return ""


def _run_through(result: JobResult) -> None:
    """Run it with all its attempts, one at once after the other."""
    attempt = -1
    while result.status == "PENDING" and result.attempt > attempt:
        attempt = result.attempt
        run_now(result)


def run_now(result: JobResult) -> JobResult:
    """Run one waiting result, without further attempts, and return it as it then stands."""
    host = socket.gethostname()
    worker = Worker(
        name=f"inline@{host}:{os.getpid()}",
        hostname=host,
        pid=os.getpid(),
        version=__version__,
        queues=[],
        slots=1,
    )
    supervisor, _ = new_supervisor(worker)
    lock = hold(lock_path(conf().home, worker.pk))
    supervisor.claiming = False
    try:
        supervisor.claim(time.monotonic(), only=str(result.pk))
        while supervisor.busy:
            supervisor.step()
    finally:
        supervisor.close()
        os.close(lock)
        lock_path(conf().home, worker.pk).unlink(missing_ok=True)
    result.refresh_from_db()
    return result
