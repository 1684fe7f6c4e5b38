"""One site under attack: its processes, what it was asked for, and what it accepted."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.served import free_port, wait_until

from . import journal, points
from .crew import ROLES
from .oracle import Row, Verdict, judge
from .servers import PostgreSQL, RabbitMQ, Redis, SQLite

KINDS = ("sqlite-local", "postgresql-local", "postgresql-redis", "postgresql-rabbitmq")
ROOT = Path(__file__).parents[2]


class Site:
    """Start it, ask it for runs, break it, and read what became of them."""

    def __init__(self, kind: str, *, lease: float = 0, jitter: float = 0, slots: int = 4) -> None:
        database, _, broker = kind.partition("-")
        self.kind = kind
        # Short, as sockets are in it, and open to the user of runs.
        self.folder = Path(tempfile.mkdtemp(prefix="jobsmith-chaos-"))
        self.folder.chmod(0o755)
        for name in ("pids", "asks", "points"):
            (self.folder / name).mkdir()
        self.journal = self.folder / "journal"
        self.journal.touch()
        self.journal.chmod(0o666)
        (self.folder / "bug").write_text("")
        self.database = SQLite(self.folder) if database == "sqlite" else PostgreSQL(self.folder)
        self.broker = (
            {"redis": Redis, "rabbitmq": RabbitMQ}[broker]() if broker != "local" else None
        )
        self.port = free_port()
        self.answers: Counter[int] = Counter()
        self.odd: list[str] = []
        self._lock = threading.Lock()
        self._number = 0
        self._asked: list[tuple[str, int]] = []
        self._judged: set[str] = set()
        self._environ = self._variables(lease, jitter, slots)

    def _variables(self, lease: float, jitter: float, slots: int) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("JOBSMITH_")
        }
        broker = {"JOBSMITH_BROKER_URL": self.broker.url} if self.broker else {}
        return (
            kept
            | broker
            | {
                "JOBSMITH_ENGINE": "celery" if self.broker else "local",
                "DATABASE_URL": self.database.url,
                "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
                "JOBSMITH_HOME": str(self.folder / "home"),
                "JOBSMITH_JOBS_ROOT": str(Path(__file__).parent / "jobs"),
                "JOBSMITH_EXAMPLES": "1",
                "JOBSMITH_SECRET_KEY": "only-for-tests-" + "x" * 40,
                "JOBSMITH_ADMIN_PASSWORD": "a-password-for-tests",
                "JOBSMITH_SLOTS": str(slots),
                "JOBSMITH_CANCEL_GRACE": "1",
                "CHAOS_JOURNAL": str(self.journal),
                "CHAOS_POINTS": str(self.folder / "points"),
                "CHAOS_JITTER": str(jitter),
                **({"CHAOS_LEASE": str(lease)} if lease else {}),
                "PORT": str(self.port),
                "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
                "PYTHONUNBUFFERED": "1",
            }
        )

    # Its life

    def start(self) -> "Site":
        """All processes, until they answer."""
        with self.said.open("ab") as output:
            self._crew = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.crew", str(self.folder)],
                env=self._environ,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        ready = self.folder / "ready"
        wait_until(lambda: ready.exists() or self._crew.poll() is not None, 300)
        assert self._crew.poll() is None, self.said.read_text()[-5000:]
        self._token, self._job = (self.folder / "token").read_text().split()
        wait_until(lambda: set(self.workers()) == {"worker-a", "worker-b"}, 60)
        return self

    def stop(self) -> None:
        """Away with everything."""
        if self._crew.poll() is None:
            self._crew.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._crew.wait(20)
            self._crew.kill()
            self._crew.wait()
        if self.broker:
            self.broker.stop()
        self.database.stop()
        if "CHAOS_KEEP" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def said(self) -> Path:
        """What its processes print."""
        return self.folder / "crew.log"

    def pid(self, role: str) -> int:
        """The process that has the role now."""
        return int((self.folder / "pids" / role).read_text())

    def send(self, role: str, number: int) -> bool:
        """Whether there was one to signal."""
        try:
            os.kill(self.pid(role), number)
        except (ProcessLookupError, OSError, ValueError):
            return False
        return True

    def freeze(self, role: str) -> None:
        """Stop it, but not where it keeps SQLite from being written: that stops everybody."""
        while True:
            self.send(role, signal.SIGSTOP)
            if self.database.takes_writes():
                return
            self.send(role, signal.SIGCONT)
            time.sleep(0.05)

    def renew(self, role: str, number: int = signal.SIGKILL, seconds: float = 60) -> None:
        """End the process and wait for the next one in its role."""
        before = self.pid(role)
        os.kill(before, number)
        wait_until(lambda: self.pid(role) != before, seconds)

    def plant(self, bug: str) -> None:
        """From now on all its processes have this bug, or none."""
        (self.folder / "bug").write_text(bug)
        for role in ROLES:
            self.renew(role)
        wait_until(lambda: set(self.workers()) == {"worker-a", "worker-b"}, 60)

    def come_to_rest(self) -> None:
        """Whatever has come of the last test is not judged by the next."""
        for role in ROLES:
            self.send(role, signal.SIGCONT)
        for path in (self.folder / "points").iterdir():
            path.unlink()
        self.quiesce(20)
        self.verdict()
        self.answers, self.odd = Counter(), []

    def workers(self) -> list[str]:
        """The workers that have said they are there."""
        names = {str(self._pid_or_none(role)): role for role in ROLES}
        found = self._rows("SELECT pid FROM jobsmith_worker WHERE kind = 'worker'")
        return [names[str(pid)] for (pid,) in found if str(pid) in names]

    def _pid_or_none(self, role: str) -> int | None:
        with suppress(OSError, ValueError):
            return self.pid(role)
        return None

    # What it is asked for

    def number(self) -> int:
        """One that nothing has had before."""
        with self._lock:
            self._number += 1
            return self._number

    def post(self, seconds: float, give_up: float = 60, number: int = 0) -> str:
        """Ask for a run, again and again by the same key, until it is accepted; its id."""
        number = number or self.number()
        body = json.dumps({"data": {"number": number, "seconds": seconds}})
        until = time.monotonic() + give_up
        while time.monotonic() < until:
            status, told = self.request(
                "POST",
                f"/api/extras/jobs/{self._job}/run/",
                body,
                {"Idempotency-Key": f"n{number}"},
            )
            if status == 201:
                run = str(json.loads(told)["job_result"]["id"])
                journal.append(self.folder / "accepted", number, run, time.time())
                return run
            time.sleep(0.1)
        raise TimeoutError(f"Run {number} was not accepted within {give_up:g} s: {status} {told!r}")

    def cancel(self, run: str) -> int:
        """Ask for its end."""
        return self.request("POST", f"/api/extras/job-results/{run}/cancel/", "")[0]

    def request(
        self, method: str, path: str, body: str, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The answer; 0 where there is none."""
        given = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, given | (headers or {}))
            answer = connection.getresponse()
            status, told = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            status, told = 0, b""
        finally:
            connection.close()
        with self._lock:
            self.answers[status] += 1
            odd = status >= 500 and (status != 503 or not answer.getheader("Retry-After"))
            if odd:
                self.odd.append(f"{status} {told[:300]!r}")
        return status, told

    def ask_host(self, kind: str, seconds: float = 0) -> int:
        """Have a record (``change``) or a schedule that is due at once (``once``) made."""
        number = self.number()
        draft = self.folder / f"ask-{number}"
        draft.write_text(str(seconds))
        draft.rename(self.folder / "asks" / f"{kind}-{number}")
        self._asked.append((kind, number))
        return number

    # What became of it

    def accepted(self) -> dict[str, tuple[int, float]]:
        """Runs that were accepted: what was asked for, and when it was answered."""
        found = journal.words(self.folder / "accepted")
        return {run: (int(number), float(wall)) for number, run, wall in found}

    def made(self, kind: str) -> set[int]:
        """What the host has committed."""
        return {int(number) for what, number in journal.words(self.folder / "made") if what == kind}

    def rows(self) -> dict[str, Row]:
        """Its records of runs."""
        columns = "id, status, cause, attempt, name, log_count, date_created, date_done, worker_id"
        found = self._rows(f"SELECT {columns} FROM jobsmith_jobresult")
        return {str(uuid.UUID(str(row[0]))): Row(*row[1:]) for row in found}

    def recorded(self, kind: str) -> dict[int, int]:
        """How many runs there are for each schedule (``once``) or record (``change``)."""
        query = {
            "once": "SELECT s.name FROM jobsmith_jobresult r"
            " JOIN jobsmith_scheduledjob s ON s.id = r.scheduled_job_id",
            "change": "SELECT c.object_repr FROM jobsmith_hookfiring f"
            " JOIN jobsmith_objectchange c ON c.id = f.change_id WHERE f.job_result_id IS NOT NULL",
        }[kind]
        return Counter(int(name.split("-")[1]) for (name,) in self._rows(query))

    def verdict(self, *, changed: Iterable[str] = (), calm: bool = False) -> Verdict:
        """On all that came since the last one."""
        rows = self.rows()
        new = {run: row for run, row in rows.items() if run not in self._judged}
        accepted = {run: how for run, how in self.accepted().items() if run not in self._judged}
        lines = [line for line in journal.lines(self.journal) if line.run not in self._judged]
        verdict = judge(accepted, lines, new, changed=changed, calm=calm)
        asked, self._asked = self._asked, []
        for kind in {kind for kind, _ in asked}:
            found = self.recorded(kind)
            for number in (number for each, number in asked if each == kind):
                if found.get(number) != 1:
                    verdict.misfired.append(f"{kind} {number}: {found.get(number, 0)} runs")
        self._judged |= rows.keys() | accepted.keys()
        return verdict

    def tail(self) -> str:
        """The last that its processes said."""
        return self.said.read_text(errors="replace")[-4000:]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        for _ in range(60):
            with suppress(Exception):
                return self.database.rows(query)
            time.sleep(0.5)
        return self.database.rows(query)

    def open(self) -> int:
        """Runs that have not ended, and what the host was asked for and has not made."""
        query = "SELECT count(*) FROM jobsmith_jobresult WHERE status IN ('PENDING', 'STARTED')"
        due = "SELECT count(*) FROM jobsmith_scheduledjob WHERE next_due_at IS NOT NULL"
        waits = "SELECT count(*) FROM jobsmith_objectchange WHERE awaits_hooks"
        counts = sum(self._rows(each)[0][0] for each in (query, due, waits))
        return int(counts) + len(list((self.folder / "asks").iterdir()))

    def quiesce(self, seconds: float = 60) -> bool:
        """Whether all that was begun comes to an end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.open():
                return True
            time.sleep(0.1)
        return False

    def arm(self, name: str, action: str) -> None:
        """Have the next process that comes to that point do this."""
        points.arm(self.folder / "points", name, action)

    def let_go(self, name: str) -> None:
        """Whoever is held there goes on."""
        (self.folder / "points" / f"{name}.go").touch()

    def fired(self, name: str, seconds: float = 30) -> bool:
        """Whether one comes there in time; nobody will later."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if points.has_fired(self.folder / "points", name):
                return True
            time.sleep(0.02)
        points.disarm(self.folder / "points", name)
        return False
