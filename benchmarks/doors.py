"""A whole server, asked over HTTP: a real ``jobsmith up`` on an empty home; prints a table.

python benchmarks/doors.py [--port 8111] [--runs 300] [--lines 200000]

It reads the database of the server for the times of runs, and asks nothing else of it than
clients do.
"""

import argparse
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import psutil

PASSWORD = "for-this-benchmark-only"
ROUNDS = 50
JOBS = '''
"""Jobs to measure with."""
import time
from jobsmith.jobs import IntegerVar, Job, register_jobs

class NoOp(Job):
    def run(self):
        return time.time()

class Lines(Job):
    count = IntegerVar()
    def run(self, count):
        for number in range(count):
            self.logger.info("line %d of %d: all is well with it, as it was", number, count)

register_jobs(NoOp, Lines)
'''
PROGRAM = [sys.executable, "-m", "jobsmith_server"]


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="jobsmith-doors-") as folder:
        with _served(Path(folder) / "first", options.port) as server:
            _row("sign-in page after start on an empty home", "s", server.page_after)
            _row("ready after start on an empty home", "s", server.ready_after)
        jobs = Path(folder) / "jobs"
        jobs.mkdir()
        (jobs / "bench.py").write_text(JOBS)
        given = {"JOBSMITH_JOBS_ROOT": str(jobs), "JOBSMITH_ENABLED_ON_CREATE": "folder"}
        with _served(Path(folder) / "home", options.port, **given) as server:
            server.sign_in()
            _latency(server)
            _drain(server, options.runs)
            _lines(server, options.lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8111)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--lines", type=int, default=200_000)
    return parser.parse_args()


def _row(what: str, unit: str, *numbers: float) -> None:
    print(f"{what:<52}{' / '.join(f'{each:.5g}' for each in numbers):>26} {unit}", flush=True)


# The server


class Server:
    """A running ``jobsmith up``."""

    def __init__(self, home: Path, port: int, **environ: str) -> None:
        self.home, self.address = home, f"http://127.0.0.1:{port}"
        ours = ("JOBSMITH_", "DATABASE_URL", "DJANGO_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        given = {"PORT": str(port), "JOBSMITH_HOME": str(home), "JOBSMITH_ADMIN_PASSWORD": PASSWORD}
        self._environ = kept | given | environ
        self._cookies = CookieJar()
        self._browser = build_opener(HTTPCookieProcessor(self._cookies))
        self._program = build_opener()
        self._headers = {"Content-Type": "application/json"}
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*PROGRAM, "up"], env=self._environ, stdout=subprocess.DEVNULL
        )
        self.page_after = self._until("/sign-in/", began)
        self.ready_after = self._until("/-/ready", began)

    def sign_in(self) -> None:
        """As a browser for the pages, by token for the API."""
        self.get("/sign-in/")
        key = next(each.value for each in self._cookies if each.name == "csrftoken")
        form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": key or ""}
        self._browser.open(f"{self.address}/sign-in/", urlencode(form).encode()).close()
        words = [*PROGRAM, "token", "create", "admin"]
        token = subprocess.run(words, env=self._environ, stdout=subprocess.PIPE, check=True).stdout
        self._headers["Authorization"] = f"Token {token.decode().strip()}"

    def get(self, path: str) -> bytes:
        """A page, as a browser gets it."""
        with self._browser.open(f"{self.address}{path}", timeout=30) as answer:
            return bytes(answer.read())

    def post_run(self, job: str, **inputs: object) -> str:
        """Ask for a run over the API; returns its id."""
        body = json.dumps({"data": inputs}).encode()
        request = Request(f"{self.address}/api/extras/jobs/{job}/run/", body, self._headers)
        with self._program.open(request, timeout=30) as answer:
            return str(json.load(answer)["job_result"]["id"])

    def job_id(self, class_name: str) -> str:
        """The id of a job."""
        return self.rows("SELECT id FROM jobsmith_job WHERE job_class_name = ?", class_name)[0][0]

    def rows(self, query: str, *values: object) -> list[Any]:
        """Read the database."""
        path = self.home / "db" / "jobsmith.sqlite3"
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    def wait_for_runs(self, count: int) -> None:
        """Until so many runs have ended, all of them well."""
        query = "SELECT COUNT(*) FROM jobsmith_jobresult WHERE date_done IS NOT NULL"
        while self.rows(query)[0][0] < count:
            time.sleep(0.02)
        bad = self.rows("SELECT cause, cause_detail FROM jobsmith_jobresult WHERE cause != ''")
        if bad:
            raise SystemExit(f"Runs ended badly: {bad}")

    def processes(self) -> dict[str, psutil.Process]:
        """Web and worker."""
        workers = {pid: kind for kind, pid in self.rows("SELECT kind, pid FROM jobsmith_worker")}
        children = psutil.Process(self.process.pid).children()
        return {workers.get(each.pid, "web"): each for each in children}

    def _until(self, path: str, began: float) -> float:
        while self.process.poll() is None:
            with suppress(OSError):
                self.get(path)
                return time.monotonic() - began
            time.sleep(0.02)
        raise SystemExit("The server ended while it started.")


@contextmanager
def _served(home: Path, port: int, kind: type[Server] = Server, **environ: str) -> Iterator[Server]:
    server = kind(home, port, **environ)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)


# What is measured


def _latency(server: Server) -> None:
    """One run after the other, with a pause, so that only the run itself is measured."""
    job, started, answered = server.job_id("NoOp"), [], []
    for number in range(ROUNDS):
        began = time.time()
        key = server.post_run(job)
        answered.append((time.time() - began) * 1000)
        time.sleep(0.15)
        server.wait_for_runs(number + 1)
        query = "SELECT result FROM jobsmith_jobresult WHERE id = ?"
        first_line = float(server.rows(query, key.replace("-", ""))[0][0])
        started.append((first_line - began) * 1000)
    _row("POST to its answer, median / p95", "ms", *_median_and_p95(answered))
    _row("POST to the first line of the job, median / p95", "ms", *_median_and_p95(started))


def _median_and_p95(found: list[float]) -> tuple[float, float]:
    return statistics.median(found), sorted(found)[int(len(found) * 0.95)]


def _drain(server: Server, runs: int) -> None:
    """First with the worker held until all are accepted, then with requests and runs together."""
    job, worker = server.job_id("NoOp"), server.processes()["worker"]
    done = ROUNDS
    for held in (True, False):
        if held:
            worker.suspend()
        began = time.time()
        with ThreadPoolExecutor(4) as clients:
            list(clients.map(lambda _: server.post_run(job), range(runs)))
        if held:
            began = time.time()
            worker.resume()
        done += runs
        server.wait_for_runs(done)
        how = "queued at once" if held else "while they are posted"
        _row(f"{runs} runs, {how}", "runs/s", runs / (time.time() - began))


def _lines(server: Server, lines: int) -> None:
    """A chatty run with one viewer of its live log."""
    watched = {name: each for name, each in server.processes().items() if name in ("web", "worker")}
    samples: dict[str, list[tuple[int, int]]] = {name: [] for name in watched}
    began = time.time()
    key = server.post_run(server.job_id("Lines"), count=lines)
    viewer = threading.Thread(target=server.get, args=(f"/runs/{key}/stream/",))
    viewer.start()
    query = "SELECT date_done IS NOT NULL FROM jobsmith_jobresult WHERE id = ?"
    while not server.rows(query, key.replace("-", ""))[0][0]:
        for name, process in watched.items():
            memory = process.memory_full_info()
            samples[name].append((memory.rss // 1024, memory.pss // 1024))
        time.sleep(0.1)
    _row(f"{lines} lines logged and stored", "lines/s", lines / (time.time() - began))
    viewer.join()
    for name, found in samples.items():
        _memory(f"{name} RSS", [rss for rss, _ in found])
        _memory(f"{name} PSS", [pss for _, pss in found])
    _pages(server, key, lines)


def _memory(what: str, found: list[int]) -> None:
    size = max(len(found) // 3, 1)
    for number, name in enumerate(("first", "second", "last")):
        third = found[number * size : (number + 1) * size] or found[-1:]
        numbers = (min(third), statistics.median(third), max(third))
        _row(f"{what}, {name} third, min / median / max", "MiB", *(n / 1024 for n in numbers))


def _pages(server: Server, key: str, lines: int) -> None:
    for what, path in (
        ("result page", f"/runs/{key}/"),
        ("its first 500 lines", f"/runs/{key}/log/?after=0&limit=500"),
        ("its last 500 lines", f"/runs/{key}/log/?after={lines - 500}&limit=500"),
    ):
        took = []
        for _ in range(11):
            began = time.time()
            server.get(path)
            took.append((time.time() - began) * 1000)
        _row(f"{what}, median / worst of 11", "ms", statistics.median(took), max(took))


if __name__ == "__main__":
    main()
