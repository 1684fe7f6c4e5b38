"""Many processes that claim the same runs, and a journal of what each holds when.

``python -m tests.support.racing PROCESSES JOURNAL`` claims as workers do, until no run waits or
goes on. A line is ``+``, ``-`` or ``x``, the moment, and the name of the run: it was begun, is
about to end, or its process kills itself by SIGKILL, which a run named ``… dies`` makes it do.
"""

import os
import random
import signal
import socket
import sys
import time

import django

HOLD_SECONDS = {"three": 1.5}
"""By the first word of a run's name; else `SHORT_SECONDS`."""
SHORT_SECONDS = 0.3
RESCUE_SECONDS = 5.0
"""As in a worker."""


def main(processes: int, journal: str) -> None:
    """Fork them once Django is loaded, and wait for all."""
    django.setup()
    children = []
    for number in range(processes):
        child = os.fork()
        if not child:
            race(number, os.open(journal, os.O_APPEND | os.O_WRONLY | os.O_CREAT))
            os._exit(0)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(0 if set(ends) <= {0, -signal.SIGKILL} else 1)


def race(number: int, journal: int) -> None:
    """Claim one run after another."""
    from django.db import OperationalError

    from jobsmith.conf import conf
    from jobsmith.models import JobResult, Worker
    from jobsmith.processes.liveness import hold, lock_path
    from jobsmith.runner.claims import claim, renew
    from jobsmith.runner.rescue import rescue

    worker = Worker(
        name=f"racer {number}", hostname=socket.gethostname(), pid=os.getpid(), version="0"
    )
    worker.queues, worker.slots = ["default"], 1
    hold(lock_path(conf().home, worker.pk))
    rescue_at = time.monotonic() + random.uniform(0, RESCUE_SECONDS)
    there = False
    while True:
        try:
            if not there:
                worker.save(force_insert=True)
                there = True
            if time.monotonic() > rescue_at:
                rescue_at = time.monotonic() + RESCUE_SECONDS
                rescue()
                renew(worker, [])
            if not JobResult.objects.filter(status__in=("PENDING", "STARTED")).exists():
                return
            for run in claim(worker, queues=["default"], most=1):
                work(run, journal)
        except OperationalError:  # a supervisor would look again
            pass
        time.sleep(random.uniform(0.05, 0.25))


def work(run: "object", journal: int) -> None:
    """Hold it for a moment, or die."""
    from django.db import OperationalError

    from jobsmith.models import JobResult

    assert isinstance(run, JobResult)
    note(journal, "+", run.name)
    time.sleep(HOLD_SECONDS.get(run.name.split(" ")[0], SHORT_SECONDS))
    if run.name.endswith("dies"):
        note(journal, "x", run.name)
        os.kill(os.getpid(), signal.SIGKILL)
    note(journal, "-", run.name)
    ours = JobResult.objects.filter(pk=run.pk, attempt=run.attempt, status="STARTED")
    while True:
        try:
            assert ours.update(status="SUCCESS")
            return
        except OperationalError:
            time.sleep(0.05)


def note(journal: int, sign: str, name: str) -> None:
    """One line, whole."""
    os.write(journal, f"{sign} {time.monotonic():.6f} {name}\n".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
