"""Workers on many machines: a message over Redis or RabbitMQ says that a row waits, no more."""

import logging
import os
import socket
from collections.abc import Callable, Sequence

from jobsmith.engines.base import StopMode
from jobsmith.lifecycle import Status
from jobsmith.models import JobResult

from . import sending, serving

logger = logging.getLogger("jobsmith.engine")


class CeleryEngine:
    """Celery carries hints between machines; each worker takes rows as the local engine does."""

    name = "celery"

    def hint(self, result_ids: Sequence[str]) -> None:
        """Tell the workers of their queues about rows that wait, and all workers of others."""
        try:
            waiting = JobResult.objects.filter(pk__in=result_ids, status=Status.PENDING.value)
            hints = waiting.values_list("job_queue__name", "pk")
            sending.send([(queue, str(pk)) for queue, pk in hints] or [sending.LOOK])
        except Exception as error:  # the row is there, and workers look at the rows by themselves
            logger.warning("No hint could be sent", exc_info=error)

    def run_worker(
        self, *, queues: Sequence[str], slots: int, name: str, stop: Callable[[], StopMode]
    ) -> int:
        """A Celery worker without handlers of signals: ``stop`` says when to go."""
        name = name or f"{socket.gethostname()}:{os.getpid()}"
        return serving.serve(queues=queues, slots=slots, name=name, stop=stop)

    def trouble(self) -> str:
        """Why the broker does not answer."""
        return sending.trouble()
