"""Jobs that misbehave, and some that do not."""

import collections
import ctypes
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time

from django.db import transaction

from jobsmith.jobs import Job, StringVar, register_jobs

name = "Hostile"


class NoOp(Job):
    def run(self):
        return {"ok": True}


class Talks(Job):
    def run(self):
        self.logger.debug("d")
        self.logger.info("hello %s", "world", extra={"grouping": "greeting"})
        self.logger.success("s")
        self.logger.warning("password=hunter22 and more")
        self.logger.failure("f")
        self.logger.error("e")
        self.logger.critical("c")
        logging.getLogger("other").warning("from the library")
        print("printed")
        print("to stderr", file=sys.stderr)
        os.write(1, b"raw\n")
        subprocess.run(["echo", "from a child"])
        self.progress(3, 10, "third")
        self.create_file("report.txt", "content\n" * 10)
        return [1, 2, 3]


class Says(Job):
    word = StringVar()

    def run(self, word):
        self.logger.info("the word is %s", word)
        return word


class KillSelf(Job):
    def run(self):
        os.kill(os.getpid(), signal.SIGKILL)


class Segfault(Job):
    def run(self):
        ctypes.string_at(0)


class ExitZero(Job):
    def run(self):
        os._exit(0)


class SysExit(Job):
    def run(self):
        sys.exit(3)


class IgnoresAll(Job):
    def run(self):
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


class StuckInC(Job):
    def run(self):
        collections.deque(itertools.repeat(None), maxlen=0)


class LongLine(Job):
    def run(self):
        sys.stdout.write("A" * 50_000_000)


class BadText(Job):
    def run(self):
        os.write(1, b"nul\0 bad \xff\xfe utf\n")
        self.logger.info("nul \0 and \ud800")
        return "nul \0 \ud800"


class ForkBomb(Job):
    def run(self):
        while True:
            os.fork()


class SlowBomb(Job):
    def run(self):
        for _ in range(200):
            if os.fork() == 0:
                time.sleep(600)
        time.sleep(60)


class Daemon(Job):
    def run(self):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        time.sleep(0.3)
        return "left one"


class Thread(Job):
    def run(self):
        threading.Thread(target=time.sleep, args=(600,)).start()
        return "left a thread"


class Hog(Job):
    def run(self):
        hoard = []
        while True:
            hoard.append(bytearray(50_000_000))


class Giant(Job):
    def run(self):
        return "x" * 100_000_000


class BadStr(Exception):
    def __str__(self):
        raise RuntimeError("no")


class EvilException(Job):
    def run(self):
        raise BadStr("x")


class Sleeps(Job):
    def run(self):
        self.logger.info("sleeping")
        time.sleep(600)


class Asks(Job):
    def run(self):
        self.logger.info("working")
        while not self.cancelled:
            time.sleep(0.01)
        self.logger.info("tidied up")


class SoftLimit(Job):
    def run(self):
        try:
            time.sleep(600)
        finally:
            self.logger.info("tidied up")


class Garbage(Job):
    def run(self):
        self.handle._sock.send(b"nonsense")
        time.sleep(600)


class Environment(Job):
    def run(self):
        try:
            with open("/proc/self/environ", "rb") as file:
                original = file.read()
        except PermissionError:  # to who became another user the kernel shows nothing
            original = b""
        return [
            [n for n in os.environ if "SECRET" in n or n == "DATABASE_URL"],
            b"only-for-tests" in original,
        ]


class HoldsLock(Job):
    def run(self):
        from jobsmith.models import JobQueue

        with transaction.atomic():
            JobQueue.objects.create(name="held")
            self.logger.info("holding")
            time.sleep(float(os.environ.get("TEST_HOLD", "6")))
        return "held"


class TalksUnderLock(Job):
    def run(self):
        from jobsmith.models import JobQueue

        with transaction.atomic():
            JobQueue.objects.create(name="talked")
            for number in range(60):
                self.logger.info("held line %s", number)
                print("printed", number)
                time.sleep(0.1)
        return "held"


class Chatty(Job):
    def run(self):
        for number in range(40):
            self.logger.info("line %s", number)
            time.sleep(0.1)


class Naps(Job):
    def run(self):
        self.logger.info("napping")
        time.sleep(float(os.environ.get("TEST_NAP", "0.2")))


class ManyLines(Job):
    def run(self):
        for number in range(5000):
            self.logger.info("line %s", number)


register_jobs(
    NoOp,
    Talks,
    Says,
    KillSelf,
    Segfault,
    ExitZero,
    SysExit,
    IgnoresAll,
    StuckInC,
    LongLine,
    BadText,
    ForkBomb,
    SlowBomb,
    Daemon,
    Thread,
    Hog,
    Giant,
    EvilException,
    Sleeps,
    Asks,
    SoftLimit,
    Garbage,
    Environment,
    HoldsLock,
    TalksUnderLock,
    Chatty,
    Naps,
    ManyLines,
)
