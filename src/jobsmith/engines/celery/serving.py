"""The worker of ``jobsmith worker``: Celery's own, told to stop by us."""

import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

from jobsmith.engines.base import StopMode

from .app import app
from .runs import Runs


def serve(*, queues: Sequence[str], slots: int, name: str, stop: Callable[[], StopMode]) -> int:
    """Take and run jobs until stopped; returns the exit code of the process."""
    Runs.name_of_row, Runs.asked = name, staticmethod(stop)
    worker = _worker_class()(
        hostname=f"jobsmith-{os.getpid()}@{socket.gethostname()}",
        queues=list(queues),
        concurrency=slots,
        quiet=True,
        without_mingle=True,
        without_gossip=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _worker_class() -> Any:
    class Worker(app.Worker):  # type: ignore[misc]
        """Leaves signals to whoever started it."""

        def install_platform_tweaks(self, worker: Any) -> None:
            """None."""

    return Worker
