"""Requests to stop, as a number that a loop can look at."""

import signal
from types import FrameType


class StopSignals:
    """Counts SIGTERM and Ctrl-C from now on."""

    def __init__(self) -> None:
        self.count = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
