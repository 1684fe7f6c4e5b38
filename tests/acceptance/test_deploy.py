"""The files for containers and systemd: what they start starts, and what they name is there."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.support.served import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: each for name, each in COMPOSE["services"].items() if name != "db"}


@pytest.fixture
def database() -> Iterator[str]:
    """An empty database, as the container has at first."""
    name = f"deploy_{uuid.uuid4().hex[:8]}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip(f"NO POSTGRESQL on {SERVER}: the containers' processes are NOT tested")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield SERVER.rpartition("/")[0] + f"/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def start(service: dict[str, Any], env: dict[str, str]) -> "subprocess.Popen[bytes]":
    """The command of a service as its container would run it."""
    return subprocess.Popen([sys.executable, "-m", "jobsmith_server", service["command"]], env=env)


def test_what_the_containers_run_serves_on_an_empty_database(database: str, tmp_path: Path) -> None:
    port = free_port()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("JOBSMITH_")}
    env = kept | {
        "DATABASE_URL": database,
        "JOBSMITH_HOME": str(tmp_path),
        "JOBSMITH_JOBS_ROOT": str(ROOT / "examples" / "jobs"),
        "PORT": str(port),
    }
    assert start(OURS["upgrade"], env).wait(120) == 0
    running = [start(OURS[name], env) for name in ("web", "worker", "scheduler")]
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/-/ready") == 200, 60)
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(30) for process in running]
    assert set(codes) <= {0, -signal.SIGTERM}  # the web process ends by the signal it was sent


def answers(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_everything_but_the_upgrade_waits_for_the_upgrade() -> None:
    waits = {name for name, each in OURS.items() if "upgrade" in each["depends_on"]}
    assert waits == OURS.keys() - {"upgrade"}


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE)
    assert copied == ["requirements/server.txt", "."]
    assert all((ROOT / each).exists() for each in copied)
    assert "\nUSER jobsmith\n" in text


def test_the_files_name_variables_that_the_reference_explains() -> None:
    reference = (ROOT / "docs" / "reference" / "environment.md").read_text(encoding="utf-8")
    texts = [each.read_text(encoding="utf-8") for each in DEPLOY.rglob("*") if each.is_file()]
    named = {name for each in texts for name in re.findall(r"\bJOBSMITH_[A-Z_]+\b", each)}
    named -= {"JOBSMITH_JOBS"}  # the compose file's own: which folder is shown to the containers
    assert [name for name in sorted(named) if f"`{name}`" not in reference] == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="NO systemd-analyze here")
@pytest.mark.parametrize(
    "unit", sorted(DEPLOY.glob("systemd/*.service")), ids=lambda each: each.stem
)
def test_systemd_understands_the_units(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert f"/opt/jobsmith/bin/jobsmith {unit.stem.removeprefix('jobsmith-')}\n" in text
    here = tmp_path / unit.name
    here.write_text(text.replace("/opt/jobsmith/bin/jobsmith", sys.executable), encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", here],
        capture_output=True,
        text=True,
    )
    assert [line for line in told.stderr.splitlines() if unit.name in line] == []
    assert told.returncode == 0, told.stderr
