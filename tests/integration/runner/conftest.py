"""Real workers on the test database, and runs of the jobs in ``hostile_jobs``."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from jobsmith.engines import doorbell
from jobsmith.models import JobQueue, JobResult
from jobsmith.sources import trees

JOBS = Path(__file__).parent / "hostile_jobs"


class WorkerProgram:
    """A worker process with a mark by which every process below it is found."""

    def __init__(self, method: str, slots: int = 2, **conf: object) -> None:
        self.mark = f"TEST_MARK={uuid.uuid4()}"
        database = connection.settings_dict
        url = f"sqlite:///{database['NAME']}"
        if connection.vendor == "postgresql":
            url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/" + str(database["NAME"])
        name, value = self.mark.split("=")
        settings = {"START_METHOD": method, "CANCEL_GRACE": 1, "DRAIN_SECONDS": 20} | conf
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.runner.worker_program", "q", str(slots)],
            env=os.environ
            | {name: value, "DATABASE_URL": url, "TEST_JOBSMITH": json.dumps(settings)},
        )

    def survivors(self) -> list[int]:
        """Processes with the mark that are neither the worker nor its fork server."""
        return [pid for pid in self.marked() if not self._is_ours(pid)]

    def marked(self) -> list[int]:
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    marks = (folder / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if self.mark.encode() in marks:
                    found.append(int(folder.name))
        return found

    def _is_ours(self, pid: int) -> bool:
        if pid == self.process.pid:
            return True
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        return int(stat.rpartition(")")[2].split()[1]) == self.process.pid

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        wait_for(lambda: not self.marked(), 10)


def wait_for(happened: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it has happened."""
    give_up_at = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up_at, "It did not happen in time."
        time.sleep(0.02)


@pytest.fixture
def queue(transactional_db: None) -> JobQueue:
    return JobQueue.objects.create(name="q")


@pytest.fixture(params=["fork", "spawn"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def start_worker(queue: JobQueue) -> Iterator[Callable[..., WorkerProgram]]:
    started: list[WorkerProgram] = []

    def start(method: str = "fork", slots: int = 2, **conf: object) -> WorkerProgram:
        started.append(WorkerProgram(method, slots, **conf))
        return started[-1]

    yield start
    for each in started:
        each.stop()
    connections.close_all()


@pytest.fixture
def make_result(queue: JobQueue) -> Callable[..., JobResult]:
    tree = trees.store(trees.snapshot(JOBS))

    def make(class_name: str, **values: object) -> JobResult:
        defaults = {
            "name": class_name,
            "class_path": f"bad.{class_name}",
            "source_digest": tree.digest,
            "job_queue": queue,
            "soft_time_limit": 300,
            "time_limit": 600,
        }
        result = JobResult.objects.create(**(defaults | values))
        doorbell.ring()
        return result

    return make


@pytest.fixture
def finish() -> Callable[[JobResult], JobResult]:
    def finish(result: JobResult, seconds: float = 30) -> JobResult:
        def over() -> bool:
            result.refresh_from_db()
            return result.is_final

        wait_for(over, seconds)
        return result

    return finish
