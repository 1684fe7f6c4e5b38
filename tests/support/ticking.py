"""A scheduler that only starts what is due, and that dies where it is told to.

``python -m tests.support.ticking SEED`` kills itself, by SIGKILL, in about every tenth
transaction: after the run is there and before the due time is recorded with it.
"""

import os
import random
import signal
import sys
from typing import Any

import django


def main(seed: int) -> None:
    """Tick until nothing is due."""
    django.setup()
    from jobsmith.actions import start_due
    from jobsmith.errors import Busy
    from jobsmith.models import ScheduledJob

    chance = random.Random(seed)
    tell = start_due._tell

    def die_or_tell(*args: Any) -> None:
        if seed and chance.random() < 0.1:
            os.kill(os.getpid(), signal.SIGKILL)
        tell(*args)

    start_due._tell = die_or_tell
    start_due.CAUGHT_UP = 3
    while True:
        now = start_due.database_now()
        if not ScheduledJob.objects.filter(next_due_at__lte=now).exists():
            return
        try:
            start_due.start_due()
        except Busy:
            continue


if __name__ == "__main__":
    main(int(sys.argv[1]))
