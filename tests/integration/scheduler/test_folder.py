"""Schedulers that follow the folder of jobs: new files are found without ``jobsmith up``."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobsmith.models import Job, Source, SourceTree
from jobsmith.processes import capped
from jobsmith.scheduler.folder import FolderFollower
from tests.integration.runner.conftest import wait_for
from tests.support.job_files import database_url, job_file, write

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def jobs_root(tmp_path: Path) -> Path:
    return write(tmp_path / "jobs", {"a.py": job_file("Ping")})


@pytest.fixture
def schedulers(jobs_root: Path, tmp_path: Path) -> Iterator[list["subprocess.Popen[str]"]]:
    """Two, as systemd or a container starts them."""
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "JOBSMITH_HOME": str(tmp_path / "home"),
        "JOBSMITH_JOBS_ROOT": str(jobs_root),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    words = [sys.executable, "-m", "jobsmith_server", "scheduler"]
    running = [subprocess.Popen(words, env=env, text=True) for _ in range(2)]
    yield running
    for each in running:
        each.terminate()
    assert [each.wait(60) for each in running] == [0, 0]


def names() -> set[str]:
    return set(Job.objects.filter(source="local", installed=True).values_list("name", flat=True))


def test_schedulers_find_new_changed_and_removed_files(
    jobs_root: Path, schedulers: list["subprocess.Popen[str]"]
) -> None:
    number = 0

    def finds(expected: set[str]) -> bool:
        nonlocal number  # files that came before the first look are no change
        number += 1
        write(jobs_root, {"note.txt": str(number)})
        return names() == expected

    wait_for(lambda: finds({"Ping"}), 60)
    write(jobs_root, {"b.py": job_file("Pong"), "a.py": job_file("Pang")})
    wait_for(lambda: names() == {"Pang", "Pong"}, 60)
    (jobs_root / "b.py").unlink()
    wait_for(lambda: names() == {"Pang"}, 60)
    assert Source.objects.filter(key="folder").count() == 1
    assert [each.poll() for each in schedulers] == [None, None]


class Failed(capped.Aside):
    """A sync that could not be done."""

    started = 0

    def __init__(self, *_: object, **__: object) -> None:
        Failed.started += 1

    is_over = True

    def output(self) -> None:
        return None


def test_a_sync_that_failed_is_done_again_but_not_at_once(
    jobs_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capped, "Aside", Failed)
    follower = FolderFollower(jobs_root)
    follower.turn()
    assert Failed.started == 0  # nothing has changed
    write(jobs_root, {"b.py": job_file("Pong")})
    for _ in range(3):
        follower._next_look = 0
        follower.turn()
    assert Failed.started == 1
    follower._not_before = 0
    follower.turn()
    assert Failed.started == 2


def test_without_a_folder_nothing_is_followed() -> None:
    follower = FolderFollower(None)
    follower.turn()
    follower.end()
    assert not SourceTree.objects.exists()
