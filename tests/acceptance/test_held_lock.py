"""A job holds SQLite's one write lock, for as long as ``TEST_HOLD`` says, and harms nobody.

Three others go on, their logs are seen while they grow, every door answers, nothing gets lost.
"""

import json
import os
import re
import sys
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.support.served import PASSWORD, Server, wait_until

HOLD = float(os.environ.get("TEST_HOLD", "8"))
AROUND = 6.0
"""Seconds that the others begin before the hold, and last beyond it."""
LAG = 5.0
"""Seconds after which a line must have been seen, on a machine with other things to do."""

BUSY = "The database is busy. Nothing was changed; try again in a few seconds."

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(150 + 3 * HOLD),
    pytest.mark.skipif(sys.platform != "linux", reason="process trees are read as on Linux"),
]

JOBS = """
    import time

    from django.db import transaction
    from jobsmith.jobs import FloatVar, Job, register_jobs
    from jobsmith.models import JobQueue

    def beats(seconds):
        until = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until:
            number += 1
            yield number
            time.sleep(0.1)

    class Holder(Job):
        seconds = FloatVar()

        def run(self, seconds):
            with transaction.atomic():
                for number in beats(seconds):
                    JobQueue.objects.create(name=f"held {number}")
                    self.logger.info("line %s", number)
            return number

    class Talker(Job):
        seconds = FloatVar()

        def run(self, seconds):
            for number in beats(seconds):
                self.logger.info("line %s", number)
                print("printed", number)
            return number

    class Reader(Job):
        seconds = FloatVar()

        def run(self, seconds):
            for number in beats(seconds):
                self.logger.info("line %s", number, extra={"object": JobQueue.objects.first()})
            return number

    class Quick(Job):
        def run(self):
            return "done"

    register_jobs(Holder, Talker, Reader, Quick)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "jobs"
    root.mkdir()
    (root / "locks.py").write_text(textwrap.dedent(JOBS))
    served = Server(tmp_path, root)
    try:
        served.start()
        yield served
    finally:
        served.kill()


class Visitor:
    """Somebody with a browser, signed in."""

    def __init__(self, server: Server) -> None:
        self.root = f"http://127.0.0.1:{server.port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = {"username": "admin", "password": PASSWORD, **self._csrf("/sign-in/")}
        self.open("/sign-in/", form)

    def open(self, path: str, form: dict[str, str] | None = None) -> Any:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        return self._opener.open(self.root + path, data, timeout=60)

    def _csrf(self, path: str) -> dict[str, str]:
        with self.open(path) as page:
            found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
        assert found is not None
        return {"csrfmiddlewaretoken": found[1]}

    def post_run(self, job: str) -> Any:
        path = f"/jobs/{job}/run/"
        return self.open(path, self._csrf(path))


class Watcher(Thread):
    """Reads the live log of one run, as a page does."""

    def __init__(self, visitor: Visitor, pk: str) -> None:
        super().__init__(daemon=True)
        self.pk = pk
        self.lines: list[tuple[int, float, str]] = []
        """Number, seconds between its making and its coming here, text."""
        self.came: list[float] = []
        self._visitor = visitor
        self.ended = False
        self.start()

    def run(self) -> None:
        with self._visitor.open(f"/runs/{self.pk}/stream/?feed=log&after=0") as stream:
            event = ""
            for line in stream:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    self._take(event, json.loads(value))

    def _take(self, event: str, data: Any) -> None:
        self.ended = self.ended or event == "end"
        if event == "lines":
            self.lines += [(row[0], time.time() - row[1], row[3]) for row in data]
            self.came += [time.time()] * len(data)


class Knocker(Thread):
    """Goes to one door again and again, and notes what it answers and how long that took."""

    def __init__(self, door: str, knock: Any, stop: Event) -> None:
        super().__init__(daemon=True)
        self.door, self._knock, self._stop_asked = door, knock, stop
        self.answers: Counter[int] = Counter()
        self.said: Counter[str] = Counter()
        self.longest = 0.0
        self.start()

    def run(self) -> None:
        while not self._stop_asked.is_set():
            began = time.monotonic()
            try:
                with self._knock() as answer:
                    answer.read()
                    self.answers[answer.status] += 1
            except urllib.error.HTTPError as refusal:
                self.answers[refusal.code] += 1
                self.said[sentence(refusal.read().decode())] += 1
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.2)


def sentence(body: str) -> str:
    """What a refusal says, in JSON or on a page."""
    found = re.search(r'(?:The database|No worker) [^"<]*', body)
    return found[0].strip() if found else body[:200]


def rest(server: Server, path: str, data: object = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/extras/{path}",
        data=None if data is None else json.dumps(data).encode(),
        headers={"Authorization": f"Token {server._token}", "Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request, timeout=60)


def knock_everywhere(server: Server, visitor: Visitor, pk: str, stop: Event) -> list[Knocker]:
    quick = server.api("extras/jobs/?job_class_name=Quick")["results"][0]["id"]
    doors = {f"GET {path}": lambda path=path: visitor.open(path) for path in (
        "/", "/runs/", f"/runs/{pk}/", f"/runs/{pk}/log/?after=0", f"/jobs/{quick}/", "/problems/",
    )}  # fmt: skip
    for path in ("jobs/", "job-results/", f"job-results/{pk}/", f"job-results/{pk}/logs/"):
        doors[f"GET REST {path}"] = lambda path=path: rest(server, path)
    doors["POST REST run"] = lambda: rest(server, f"jobs/{quick}/run/", {"data": {}})
    doors["POST page run"] = lambda: visitor.post_run(quick)
    return [Knocker(door, knock, stop) for door, knock in doors.items()]


def hold_the_lock(server: Server, visitor: Visitor) -> tuple[float, float, list[Watcher]]:
    """Start three runs and then the one that holds; returns when the hold is over."""
    others = [
        server.post_run(name, seconds=HOLD + 2 * AROUND) for name in ("Talker", "Talker", "Reader")
    ]
    watchers = [Watcher(visitor, pk) for pk in others]
    wait_until(lambda: all(each.lines for each in watchers))
    holder = Watcher(visitor, server.post_run("Holder", seconds=HOLD))
    wait_until(lambda: holder.lines)
    began = time.time()
    time.sleep(HOLD)
    return began, began + HOLD, [*watchers, holder]


def test_a_held_lock_harms_nobody(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    visitor = Visitor(server)
    server.api("extras/jobs/")
    stop = Event()
    knockers: list[Knocker] = []

    def knock_while_held() -> None:
        wait_until(lambda: server.api("extras/job-results/?name=Holder")["count"], 60)
        pk = server.api("extras/job-results/?name=Talker")["results"][0]["id"]
        knockers.extend(knock_everywhere(server, visitor, pk, stop))

    knocking = Thread(target=knock_while_held, daemon=True)
    knocking.start()
    began, over, watchers = hold_the_lock(server, visitor)
    knocking.join()
    time.sleep(1)
    stop.set()
    for each in knockers:
        each.join(90)
    wait_until(lambda: all(each.ended for each in watchers), 60)
    tell(capsys, watchers, knockers, began, over)

    # nobody was killed
    runs = [server.api(f"extras/job-results/{each.pk}/") for each in watchers]
    assert [(run["status"]["value"], run["cause"], run["attempt"]) for run in runs] == [
        ("SUCCESS", "", 1)
    ] * 4

    # logs were seen while they grew, and nothing of them is lost or doubled
    for run, each in zip(runs, watchers, strict=True):
        stored = server.api(f"extras/job-results/{each.pk}/logs/")
        lines = [line["message"] for line in stored if line["grouping"] == "run"]
        assert lines == [f"line {number}" for number in range(1, run["result"] + 1)]
        assert [number for number, _, _ in each.lines] == list(range(1, len(stored) + 1))
        seen = [
            lag for (_, lag, _), at in zip(each.lines, each.came, strict=True) if began < at < over
        ]
        assert len(seen) > HOLD * 2
        assert max(seen) < LAG

    # every door answered, with nothing worse than 503; what was refused left nothing behind
    for each in knockers:
        allowed = {200, 201, 503} if each.door.startswith("POST") else {200}
        assert set(each.answers) <= allowed, (each.door, each.answers, each.said)
        assert each.answers, each.door
    posts = [each for each in knockers if each.door.startswith("POST")]
    refusals = sum((each.said for each in posts), Counter())
    assert set(refusals) == {BUSY}
    accepted = sum(each.answers[200] + each.answers[201] for each in posts)
    wait_until(lambda: quick(server).count("SUCCESS") == accepted, 60)
    assert len(quick(server)) == accepted


def quick(server: Server) -> list[str]:
    found = server.api("extras/job-results/?name=Quick&limit=1000")["results"]
    return [run["status"]["value"] for run in found]


def tell(
    capsys: pytest.CaptureFixture[str],
    watchers: list[Watcher],
    knockers: list[Knocker],
    began: float,
    over: float,
) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n  the lock was held for {HOLD:g} s\n")
        for each in watchers:
            during = sum(began < at < over for at in each.came)
            lag = max(lag for _, lag, _ in each.lines)
            sys.stdout.write(
                f"  {len(each.lines)} lines, {during} seen while it was held, {lag:.1f} s late\n"
            )
        for each in knockers:
            answers = ", ".join(f"{count} × {status}" for status, count in each.answers.items())
            sys.stdout.write(f"  {each.door:<70} {answers}; longest {each.longest:.1f} s\n")
            for words, count in each.said.items():
                sys.stdout.write(f"      {count} × {words}\n")
