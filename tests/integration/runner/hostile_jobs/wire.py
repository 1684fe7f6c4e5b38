"""Jobs that speak to their supervisor in person, and say what no job should."""

import json
import os
import time

from jobsmith.jobs import BooleanVar, IntegerVar, Job, StringVar, TextVar, register_jobs
from jobsmith.processes import frames
from jobsmith.processes.frames import Kind

name = "Wire"


def say(job, kind, text):
    payload = text if isinstance(text, bytes) else text.encode()
    frames.send(job.handle._sock, kind, payload, os.getpid())


class Frame(Job):
    """Sends one frame, then lives on."""

    kind = IntegerVar()
    text = TextVar()

    def run(self, kind, text):
        say(self, Kind(kind), text)
        time.sleep(600)


class OddTexts(Job):
    def run(self):
        self.create_file("bad-\udcff-name.txt", "x", content_type="text/\udcff")
        end = {"status": "FAILURE", "cause": "odd\ud800\0", "result": None, "traceback": None}
        say(self, Kind.END, json.dumps(end))
        os._exit(0)


class Makes(Job):
    count = IntegerVar()
    size = IntegerVar()

    def run(self, count, size):
        for number in range(count):
            self.create_file(f"{number}.bin", b"x" * size)
        time.sleep(0.5)


class Floods(Job):
    def run(self):
        while True:
            print("x" * 10_000)


class Slowly(Job):
    def run(self):
        for number in range(6):
            self.logger.info("line %s", number)
            print(number)
            if number % 2:
                self.create_file(f"{number}.txt", "x")
            time.sleep(0.3)


class Fathers(Job):
    """Leaves a daemon to itself while it goes on."""

    def run(self):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        self.logger.info("left one")
        time.sleep(600)


class Leaks(Job):
    """Puts its secret wherever a text goes, and across every cut."""

    word = StringVar()

    def run(self, word):
        for line in range(3):
            os.write(1, b"A" * (64 * 1024 * (line + 1) - 5) + word.encode() + b"B" * 100_000)
            os.write(1, b"\n" if line else b"")
        self.logger.info("m" * (64 * 1024 - 5) + word, extra={"grouping": word, "object": word})
        self.logger.info("cut", extra={"grouping": "g" * 95 + word, "object": "o" * 195 + word})
        self.progress(1, 2, "t" * 250 + word)
        self.create_file(f"{word}.txt", "x", content_type=f"text/{word}")
        self.create_file("n" * 250 + word, "x")
        return {word: [word], "password": "hunter2", "deep": {"apiKey": ["x"], "pin": 5}}


class Herd(Job):
    """Six processes with 120 MB each, either their own or the same."""

    shared = BooleanVar()

    def run(self, shared):
        hoard = b"x" * 120_000_000 if shared else b""
        pids = []
        for _ in range(6):
            pid = os.fork()
            if pid == 0:
                hoard = hoard or b"x" * 120_000_000
                time.sleep(3 if shared else 600)
                os._exit(0)
            pids.append(pid)
        for pid in pids:
            os.waitpid(pid, 0)


register_jobs(Herd, Leaks, Fathers, Frame, OddTexts, Makes, Floods, Slowly)
