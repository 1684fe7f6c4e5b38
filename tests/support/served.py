"""`jobsmith up` as a stranger starts it: a real process, an empty home, a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

PASSWORD = "a-password-for-tests-only"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


class Server:
    """One `jobsmith up` and the commands beside it, on one home folder."""

    def __init__(self, home: Path, jobs_root: Path) -> None:
        self.port = free_port()
        self.output = home / "up.log"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("JOBSMITH_")
            and name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        }
        self.env = kept | {
            "JOBSMITH_HOME": str(home / "home"),
            "JOBSMITH_JOBS_ROOT": str(jobs_root),
            "JOBSMITH_ENABLED_ON_CREATE": "folder",
            "JOBSMITH_ADMIN_PASSWORD": PASSWORD,
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.started_in = 0.0
        self._token = ""

    def start(self, *words: str) -> None:
        began = time.monotonic()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jobsmith_server", *(words or ("up",))],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if not words:
            wait_until(lambda: self.answers("/-/live"), 60)
            self.started_in = time.monotonic() - began
            wait_until(lambda: self.answers("/-/ready"), 60)

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jobsmith_server", *words],
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as page:
                return bool(page.status == 200)
        except OSError:
            return False

    def api(self, path: str, data: object = None) -> Any:
        self._token = self._token or self.command("token", "create", "admin").stdout.strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"Token {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def post_run(self, class_name: str, **data: object) -> str:
        found = self.api(f"extras/jobs/?job_class_name={class_name}")["results"]
        answer = self.api(f"extras/jobs/{found[0]['id']}/run/", {"data": data})
        return str(answer["job_result"]["id"])

    def result(self, pk: str) -> dict[str, Any]:
        rows = json.loads(self.command("runs", "--json").stdout)
        return next(row for row in rows if row["id"] == pk)

    def tree(self) -> list[psutil.Process]:
        assert self.process is not None
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return int(self.process.wait(seconds))

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            for each in self.tree():
                each.kill()
        if self.process is not None:
            self.process.wait(10)
