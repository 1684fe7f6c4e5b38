"""Three schedulers on a clock of our own that runs for years, killed again and again.

``python -m tests.support.sweeping END STEP`` moves the clock from the first due time to END (both
seconds since 1970), STEP at a time and always when nothing is due any more. A scheduler kills
itself, by SIGKILL, in about every tenth transaction: after the runs are there and before the due
times are recorded with them. Prints how often that happened.
"""

import mmap
import os
import random
import signal
import struct
import sys
import time
from datetime import UTC, datetime
from typing import Any

import django

SCHEDULERS = 3


class Clock:
    """A moment that all processes share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)
        self.keeper = os.getpid()
        """The process that moves it: without it nobody goes on."""

    def set(self, seconds: float) -> None:
        self._memory[:8] = struct.pack("d", seconds)

    @property
    def seconds(self) -> float:
        return float(struct.unpack("d", self._memory[:8])[0])

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)


def main(end: float, step: float) -> None:
    """Move the clock, and put another scheduler in the place of each that dies."""
    django.setup()
    clock, deaths, seed = Clock(), 0, SCHEDULERS
    clock.set(first_due().timestamp())
    children = {scheduler(clock, each) for each in range(SCHEDULERS)}
    while clock.seconds < end:
        while ended := ended_child():
            deaths, seed = deaths + 1, seed + 1
            children = children - {ended} | {scheduler(clock, seed)}
        if is_due(clock.now):
            time.sleep(0.01)
        else:
            clock.set(min(end, clock.seconds + step))
    while is_due(clock.now):
        while ended := ended_child():
            deaths, seed = deaths + 1, seed + 1
            children = children - {ended} | {scheduler(clock, seed)}
        time.sleep(0.01)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(deaths)


def ended_child() -> int:
    """One that has died, if any has."""
    child, status = os.waitpid(-1, os.WNOHANG)
    if child and os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        sys.exit("A scheduler failed.")
    return child


def first_due() -> datetime:
    from jobsmith.models import ScheduledJob

    return asked(lambda: ScheduledJob.objects.order_by("next_due_at")[0].next_due_at)


def is_due(now: datetime) -> bool:
    from django.db.models import Q

    from jobsmith.models import ScheduledJob

    rows = ScheduledJob.objects.filter(Q(held_until=None) | Q(held_until__lte=now))
    return bool(asked(lambda: rows.filter(next_due_at__lte=now).exists()))


def asked(question: Any) -> Any:
    """No connection stays open: children that are forked must not share it."""
    from django.db import connection

    try:
        return question()
    finally:
        connection.close()


def scheduler(clock: Clock, seed: int) -> int:
    """Fork one."""
    child = os.fork()
    if not child:
        try:
            tick(clock, random.Random(seed))
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(1)
    return child


def tick(clock: Clock, chance: random.Random) -> None:
    """Start what is due by the clock."""
    from jobsmith.actions import start_due
    from jobsmith.errors import Busy

    tell = start_due._tell

    def die_or_tell(*args: Any) -> None:
        if chance.random() < 0.1:
            os.kill(os.getpid(), signal.SIGKILL)
        tell(*args)

    start_due._tell = die_or_tell
    while os.getppid() == clock.keeper:
        try:
            start_due.start_due(clock.now)
        except Busy:
            pass
        time.sleep(0.02)


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
