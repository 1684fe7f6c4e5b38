"""What an engine is: who calls the supervisor, and where."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol


class StopMode(Enum):
    """What a worker is asked to do; it asks back all the time."""

    GO_ON = "go_on"
    DRAIN = "drain"
    """Take nothing new, wait for what runs."""
    NOW = "now"
    """End what runs, within ten seconds."""


class Engine(Protocol):
    """Brings accepted runs to a supervisor. The row is the truth; a hint only hastens."""

    name: str

    def hint(self, result_ids: Sequence[str]) -> None:
        """Rows were committed or marked for cancelling. Never fails."""
        ...

    def run_worker(
        self, *, queues: Sequence[str], slots: int, name: str, stop: Callable[[], StopMode]
    ) -> int:
        """Take and run jobs until stopped; returns the exit code of the process."""
        ...

    def trouble(self) -> str:
        """What keeps hints from getting to workers, in one sentence; empty when nothing does."""
        ...
