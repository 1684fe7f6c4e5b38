"""The part of a Celery worker that runs jobs: a supervisor in a thread of its own."""

import logging
from collections.abc import Callable
from threading import Thread
from typing import Any, ClassVar

from celery import bootsteps, signals
from celery.concurrency.thread import TaskPool
from celery.worker import state

from jobsmith.engines.base import StopMode
from jobsmith.engines.local import serve

from .desk import desk

logger = logging.getLogger("jobsmith.worker")

OTHER_POOL = "jobsmith: Jobs have processes of their own. Start this worker with `-P threads`."
MODES = (StopMode.GO_ON, StopMode.DRAIN, StopMode.NOW)


class Runs(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts with the worker, and lets it end when its runs have."""

    requires = ("celery.worker.components:Pool",)
    name_of_row: ClassVar[str] = ""
    asked: ClassVar[Callable[[], StopMode] | None] = None
    """Who says when to stop, where Celery does not handle the signals."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        if not issubclass(worker.pool_cls, TaskPool):
            raise SystemExit(OTHER_POOL)
        self._level = 0
        self._thread: Thread | None = None
        signals.worker_shutting_down.connect(self._note, weak=False)

    def start(self, worker: Any) -> None:
        """Begin to take rows."""
        self._thread = Thread(target=self._serve, args=(worker,), name="jobsmith", daemon=True)
        self._thread.start()

    def stop(self, worker: Any) -> None:
        """Take nothing new, and wait for what runs."""
        self._leave(1)

    def terminate(self, worker: Any) -> None:
        """End what runs."""
        self._leave(2)

    def _leave(self, level: int) -> None:
        self._level = max(self._level, level)
        if self._thread is not None:
            desk.look()
            self._thread.join()

    def _note(self, how: str = "", **_: object) -> None:
        """A signal came: the first lets runs finish, the second ends them."""
        self._level = 2 if how == "Cold" else min(self._level + 1, 2)

    def _serve(self, worker: Any) -> None:
        code = 1
        try:
            code = serve(
                queues=sorted(worker.app.amqp.queues.consume_from),
                slots=worker.max_concurrency or worker.concurrency,
                name=self.name_of_row or worker.hostname,
                stop=self._mode,
                bell=desk.bell,
                turned=desk.turn,
            )
        except BaseException as error:
            logger.critical("The worker cannot go on", exc_info=error)
        finally:
            desk.close()
            if state.should_stop is None:
                state.should_stop = code

    def _mode(self) -> StopMode:
        asked = type(self).asked
        if asked is not None:
            self._level = max(self._level, MODES.index(asked()))
        if self._level:
            desk.close()  # hints that are held would keep the worker from ending
            if state.should_stop is None:
                state.should_stop = 0
        return MODES[self._level]
