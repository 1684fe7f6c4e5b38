"""Takes runs for one worker, and finds again those that it has without knowing."""

from collections.abc import Collection
from uuid import UUID

from jobsmith.models import JobResult, Worker

from . import claims


class Taker:
    """Remembers what it has tried to take while it does not know what came of it."""

    def __init__(self, worker: Worker, queues: Collection[str]) -> None:
        self._worker, self._queues = worker, queues
        self._tried: dict[UUID, int] = {}
        """Runs and the attempts they would have; nothing of these has begun."""

    def take(self, *, slots: int, only: str | None, held: Collection[str]) -> list[JobResult]:
        """Runs to begin; ``held`` are those that have been, and take slots."""
        if self._tried and (ours := claims.taken_unawares(self._worker, self._tried)):
            self._tried = {}
            return ours
        self._tried = {}
        most = slots - len(held)
        taken = claims.claim(
            self._worker,
            queues=self._queues,
            most=most,
            only=only,
            besides=held,
            tried=self._tried,
        )
        self._tried = {}
        return taken

    def take_later(self, result: JobResult) -> None:
        """It is ours, and could not be begun now."""
        self._tried[result.pk] = result.attempt
