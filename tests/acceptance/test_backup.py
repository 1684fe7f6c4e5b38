"""All that lasts goes into one file, and comes back from it."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
RUN = "manage shell --no-imports -c"
MADE = """
from django.core.files.base import ContentFile
from django.utils import timezone
from jobsmith.inputs.vault import seal
from jobsmith.models import JobFile, JobResult
run = JobResult.objects.create(name="Old", status="STARTED", lease_expires_at=timezone.now(),
    sealed_kwargs=seal({"password": "geheim"}))
JobFile(job_result=run, name="out.txt").file.save("out.txt", ContentFile(b"kept"))
"""
SEEN = """
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import JobFile, JobResult
run = JobResult.objects.get(name="Old")
print(open_sealed(run.sealed_kwargs), JobFile.objects.get(job_result=run).file.read())
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Two empty ones of a kind."""
    if request.param == "sqlite":
        yield ["", ""]
        return
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip(f"NO POSTGRESQL on {SERVER}: backups of it are NOT tested")
    names = [f"backup_{uuid.uuid4().hex[:8]}" for _ in range(2)]
    with server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}")
        yield [SERVER.rpartition("/")[0] + f"/{name}" for name in names]
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def call(home: Path, database: str, *words: str) -> "subprocess.CompletedProcess[str]":
    left_out = ("JOBSMITH_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    env = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    env |= {"JOBSMITH_HOME": str(home), "JOBSMITH_SYNC_ON_MIGRATE": "0", "DATABASE_URL": database}
    return subprocess.run(
        [sys.executable, "-m", "jobsmith_server", *words], env=env, capture_output=True, text=True
    )


def works(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_server_comes_back_from_one_file(databases: list[str], tmp_path: Path) -> None:
    there, here, file = tmp_path / "there", tmp_path / "here", tmp_path / "all.tar.gz"
    works(call(there, databases[0], "migrate", "--verbosity=0"))
    works(call(there, databases[0], *RUN.split(), MADE))
    works(call(there, databases[0], "backup", str(file), "--with-key"))
    assert file.stat().st_mode & 0o077 == 0
    told = works(call(here, databases[1], "restore", str(file)))
    assert "ANOTHER" not in told
    assert "post_upgrade" not in told
    assert (
        works(call(here, databases[1], *RUN.split(), SEEN))
        .strip()
        .endswith("{'password': 'geheim'} b'kept'")
    )
    again = call(here, databases[1], "restore", str(file))
    assert again.returncode == 1
    assert "The database is not empty." in again.stderr
    assert "Traceback" not in again.stderr


def test_what_is_no_backup_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "all.tar.gz"
    file.write_bytes(b"no archive")
    told = call(tmp_path / "home", "", "restore", str(file))
    assert told.returncode == 1
    assert f"{file} cannot be restored" in told.stderr
    assert "Traceback" not in told.stderr
    over = call(tmp_path / "home", "", "backup", str(file))
    assert over.returncode == 1
    assert "is there already" in over.stderr


def test_a_restore_without_the_key_says_so(tmp_path: Path) -> None:
    file = tmp_path / "all.tar.gz"
    works(call(tmp_path / "there", "", "migrate", "--verbosity=0"))
    works(call(tmp_path / "there", "", "backup", str(file)))
    assert "THE SECRET KEY IS ANOTHER ONE" in works(
        call(tmp_path / "here", "", "restore", str(file))
    )
