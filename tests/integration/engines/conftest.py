"""One site for each engine: a real worker, a real broker, and the web side in the test."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings

from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.conf import conf
from jobsmith.models import Job, JobQueue, JobResult, Worker
from tests.support.job_files import database_url, jobsmith_settings, write
from tests.support.served import wait_until

from .brokers import Broker, RabbitMQ, Redis

JOBS = (Path(__file__).parent / "jobs.py").read_text(encoding="utf-8")
QUEUES = ("first", "second")
ENGINES = ("inline", "local", "celery-redis", "celery-rabbitmq")


class Site:
    """The web side of one engine, its broker and its worker of one slot."""

    def __init__(self, engine: str, broker: Broker | None, folder: Path) -> None:
        self.engine, self.broker, self.folder = engine, broker, folder
        self.process: subprocess.Popen[bytes] | None = None
        self.changes = {
            "ENGINE": engine,
            "BROKER_URL": broker.url if broker else "",
            "JOBS_ROOT": str(folder / "jobs"),
            "ACCEPT_WITHOUT_WORKER": True,
            "CANCEL_GRACE": 1,
        }
        self.client = Client()

    @property
    def has_worker(self) -> bool:
        return self.engine != "inline"

    def fill(self) -> None:
        """Queues and jobs; the first queue takes every job that names none."""
        for name in (*QUEUES, "nobody"):
            JobQueue.objects.get_or_create(name=name)
        sync_jobs()
        Job.objects.update(enabled=True)
        admin = get_user_model().objects.create_superuser("engines", password="x")
        self.client.force_login(admin)

    def start(self) -> None:
        """A worker, as people start it, that is known to listen."""
        words = ["jobsmith_server", "worker", "--slots", "1"]
        words += [word for queue in QUEUES for word in ("--queue", queue)]
        if self.engine == "celery":
            words = ["celery", "-A", "jobsmith_server", "worker", "-c", "1", "-Q", ",".join(QUEUES)]
        self.launch(words)

    def launch(self, words: list[str]) -> None:
        names = {f"JOBSMITH_{key}": str(value) for key, value in self.changes.items()}
        environ = names | {
            "JOBSMITH_ACCEPT_WITHOUT_WORKER": "1",
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        }
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *words], env=os.environ | environ, stdout=log, stderr=log
            )
        mine = Worker.objects.filter(pid=self.process.pid, stopped_at=None)
        wait_until(lambda: self.process.poll() is not None or mine.exists(), 60)
        # The home would go on serving this folder to the tests that follow.
        (conf().home / "jobs_root").unlink(missing_ok=True)
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        return (self.folder / "worker.log").read_text()

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, *numbers: int) -> int:
        assert self.process is not None
        for number in numbers:
            self.process.send_signal(number)
        return self.process.wait(60)

    def post(self, name: str, *, queue: str = "first", priority: int = 0, **data: Any) -> JobResult:
        """A run that a client asked for over the API."""
        job = Job.objects.get(job_class_name=name)
        body = {"data": data, "job_queue": queue, "priority": priority}
        answer = self.client.post(
            f"/api/extras/jobs/{job.pk}/run/", json.dumps(body), "application/json"
        )
        assert answer.status_code == 201, answer.content
        return JobResult.objects.get(pk=answer.json()["job_result"]["id"])

    def cancel(self, result: JobResult) -> None:
        answer = self.client.post(f"/api/extras/job-results/{result.pk}/cancel/")
        assert answer.status_code < 300, answer.content

    def ended(self, result: JobResult, seconds: float = 30) -> JobResult:
        """The run once it has ended."""
        return self._until(result, lambda: result.is_final, seconds)

    def begun(self, result: JobResult) -> JobResult:
        """The run once its code has begun."""
        return self._until(result, lambda: "asleep" in lines(result), 30)

    def _until(self, result: JobResult, condition: Any, seconds: float) -> JobResult:
        def holds() -> bool:
            result.refresh_from_db()
            return bool(condition())

        wait_until(holds, seconds)
        return result

    def leave(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


def lines(result: JobResult) -> list[str]:
    """What the run's own code logged."""
    said = result.job_log_entries.values_list("message", flat=True)
    return [each for each in said if each.startswith(("told", "asleep"))]


@pytest.fixture(scope="module", params=ENGINES)
def site(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """Tests share its database and its worker, which `transactional_db` would empty."""
    engine, _, kind = request.param.partition("-")
    if kind and find_spec("celery") is None:
        pytest.skip("NOT TESTED: celery is not installed")
    broker: Broker | None = {"redis": Redis, "rabbitmq": RabbitMQ}[kind]() if kind else None
    folder = tmp_path_factory.mktemp(request.param)
    write(folder / "jobs", {"contract.py": JOBS})
    site = Site(engine, broker, folder)
    with django_db_blocker.unblock(), override_settings(JOBSMITH=jobsmith_settings(**site.changes)):
        try:
            site.fill()
            if site.has_worker:
                site.start()
            yield site
        finally:
            site.leave()
            if broker is not None:
                broker.stop()
            call_command("flush", verbosity=0, interactive=False)
            connections.close_all()


@pytest.fixture
def transactional_db() -> None:
    """For who sorts tests and makes databases: the site has one, and empties it in the end."""


@pytest.fixture
def working(site: Site) -> Site:
    """A site with a worker beside the web side."""
    if not site.has_worker:
        pytest.skip("the inline engine has no worker")
    return site


@pytest.fixture
def brokered(site: Site) -> Site:
    """A site whose hints go through a broker."""
    if site.broker is None:
        pytest.skip(f"the engine {site.engine} has no broker")
    return site
