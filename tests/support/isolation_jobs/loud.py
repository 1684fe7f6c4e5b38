"""Behaviours that take a run of their own, because they do not end well."""

import os
import signal
import time

from jobsmith.jobs import Job, register_jobs


class ForksWithoutEnd(Job):
    def run(self):
        while True:
            os.fork()


class TakesAllMemory(Job):
    def run(self):
        hoard = []
        while True:
            hoard.append(bytearray(50_000_000))


class LeavesAProcessBehind(Job):
    def run(self):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        time.sleep(0.2)


class IgnoresEverySignalAndHangs(Job):
    def run(self):
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            try:
                time.sleep(60)
            except BaseException:
                pass


class ClaimsSuccessAndLeaves(Job):
    def run(self):
        os._exit(0)


class SpeaksNonsenseToTheWorker(Job):
    def run(self):
        self.handle._sock.send(b"nonsense")
        time.sleep(600)


class EndsRunsOfOtherSources(Job):
    """Kills what started it, and so all that this has started."""

    def run(self):
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)


class Waits(Job):
    def run(self):
        time.sleep(600)


register_jobs(
    ForksWithoutEnd,
    TakesAllMemory,
    LeavesAProcessBehind,
    IgnoresEverySignalAndHangs,
    ClaimsSuccessAndLeaves,
    SpeaksNonsenseToTheWorker,
    EndsRunsOfOtherSources,
    Waits,
)
