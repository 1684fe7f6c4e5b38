"""PostgreSQL is restarted under a server that serves: it says so, loses nothing and goes on."""

import os
import pwd
import shutil
import subprocess
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.support.served import Server, free_port, wait_until

RESTARTS = int(os.environ.get("TEST_RESTARTS", "2"))
AWAY = 2.0
BACK = 10.0
"""Seconds after which it must serve again."""
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180 + 40 * RESTARTS),
    pytest.mark.skipif(not PROGRAMS, reason="NOT TESTED: there is no PostgreSQL to start"),
]

JOBS = """
from jobsmith.jobs import Job, register_jobs

class NoOp(Job):
    def run(self):
        return "done"

register_jobs(NoOp)
"""


class Cluster:
    """A PostgreSQL server of our own; it refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self.port, self._data = free_port(), folder / "data"
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(folder, self._user)
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync")
        self._options = f"-c port={self.port} -c listen_addresses=127.0.0.1 -k {folder}"
        self.start()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        log = str(self._data.parent / "log")
        self._run("pg_ctl", "-w", "-l", log, "-o", self._options, "start")

    def stop(self) -> None:
        """As when the machine goes down: every connection is cut."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *words: str) -> None:
        command = [str(PROGRAMS[-1] / program), "-D", str(self._data), *words]
        user = self._user if os.geteuid() == 0 else None
        folder = str(self._data.parent)
        subprocess.run(
            command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=60
        )


class Client(Thread):
    """Asks for runs all the time, and keeps what it was answered."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self.accepted: list[str] = []
        self.refused: Counter[int] = Counter()
        self.without_time = 0
        self.over = Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self._ask()

    def _ask(self) -> None:
        try:
            self.accepted.append(self._server.post_run("NoOp"))
        except urllib.error.HTTPError as error:
            self.refused[error.code] += 1
            self.without_time += "Retry-After" not in error.headers
        except OSError:
            self.refused[0] += 1


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = Path(f"/tmp/jobsmith-{os.getpid()}-{time.time_ns()}")  # others may not enter pytest's
    folder.mkdir()
    made = Cluster(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture
def server(tmp_path: Path, cluster: Cluster) -> Iterator[Server]:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "quick.py").write_text(JOBS)
    made = Server(tmp_path, tmp_path / "jobs")
    made.env["DATABASE_URL"] = cluster.url
    made.start()
    yield made
    made.kill()


def test_it_refuses_politely_and_goes_on_without_a_restart(
    server: Server, cluster: Cluster
) -> None:
    server.post_run("NoOp")
    before = {each.pid for each in server.tree()}
    client = Client(server)
    client.start()
    slowest = max(_restart(cluster, client) for _ in range(RESTARTS))
    client.over.set()
    client.join(30)
    wait_until(lambda: _ended(server, client.accepted), 60)
    print(f"\n  {RESTARTS} restarts, {len(client.accepted)} accepted, back after {slowest:.1f} s")
    assert set(client.refused) == {503}, client.refused
    assert not client.without_time
    assert slowest < BACK
    assert before <= {each.pid for each in server.tree()}, "a process was started anew"


def _restart(cluster: Cluster, client: Client) -> float:
    """Seconds from when the database was back to the first run that was accepted."""
    wait_until(lambda: len(client.accepted) > 2, 30)
    cluster.stop()
    refused = sum(client.refused.values())
    wait_until(lambda: sum(client.refused.values()) > refused, 30)
    time.sleep(AWAY)
    cluster.start()
    back, accepted = time.monotonic(), len(client.accepted)
    wait_until(lambda: len(client.accepted) > accepted, 30)
    return time.monotonic() - back


def _ended(server: Server, accepted: list[str]) -> bool:
    done = server.api("extras/job-results/?status=SUCCESS&limit=1000")["results"]
    return set(accepted) <= {each["id"] for each in done}
