"""A worker that is root runs no author's code as root: not runs, nor inspections, nor options."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from jobsmith.conf import conf
from jobsmith.models import JobResult
from jobsmith.processes.confine import Limits
from jobsmith.sources import options, trees
from jobsmith.sources.inspect import inspect
from jobsmith.sources.options import CodeAnswers, options_for
from jobsmith.sources.user import FIRST_UID, choose_user
from tests.support.job_files import database_url, folder, jobsmith_settings, write

from .conftest import WorkerProgram

CODE = """
    import os
    from jobsmith.jobs import Job, StringVar, register_jobs

    AT_IMPORT = os.getuid()

    def who():
        return f"{AT_IMPORT} {os.getuid()} {os.getgroups()}"

    class Who(Job):
        name = StringVar(default=who)

        class Meta:
            description = who()

        def run(self, name):
            return who()

    register_jobs(Who)
"""
NOBODY = f"{FIRST_UID} {FIRST_UID} []"


@pytest.fixture
def another_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: whom a root worker runs jobs as was not tried")
    limits, note = choose_user(Limits())
    if not limits.uid:
        pytest.skip(f"NO OTHER USER: {note}")


@pytest.fixture
def digest(tmp_path: Path, transactional_db: None) -> str:
    made = trees.snapshot(write(tmp_path / "jobs", {"who.py": CODE}))
    trees.store(made)
    return made.digest


@pytest.fixture
def close_options(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", database_url())
    yield
    options.close_all()


def test_a_run_is_somebody_without_rights(
    another_user: None,
    digest: str,
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
) -> None:
    start_worker(method)
    values = {"class_path": "who.Who", "source_digest": digest, "task_kwargs": {"name": "x"}}
    result = finish(make_result("Who", **values))
    assert (result.result, result.cause_detail) == (NOBODY, "")


def test_an_inspection_is_somebody_without_rights(
    another_user: None, digest: str, tmp_path: Path
) -> None:
    found = inspect(folder(tmp_path / "jobs"), trees.ensure(digest))
    assert [each.description for each in found.specs] == [NOBODY], found.problems


def test_the_options_child_is_somebody_without_rights(
    another_user: None, digest: str, tmp_path: Path, close_options: None
) -> None:
    [spec] = inspect(folder(tmp_path / "jobs"), trees.ensure(digest)).specs
    assert options_for(spec, digest, "local", None).default("name") == NOBODY


def test_code_that_another_user_cannot_read_is_read_by_who_can(
    another_user: None, tmp_path: Path
) -> None:
    hidden = write(tmp_path / "hidden", {"who.py": CODE})
    hidden.chmod(0o700)
    found = inspect(folder(hidden), hidden)
    assert [each.description.split()[0] for each in found.specs] == ["0"]


def test_the_folders_of_home_are_open_to_the_group_of_runs_only(another_user: None) -> None:
    home = conf().home
    for name, mode in (("", 0o710), ("trees", 0o750), ("tmp", 0o700), ("db", 0o2770)):
        found = (home / name).stat()
        assert (found.st_gid, found.st_mode & 0o7777) == (FIRST_UID, mode), name


def test_loading_job_code_for_options_has_a_memory_cap(
    tmp_path: Path, settings: Settings, transactional_db: None, close_options: None
) -> None:
    settings.JOBSMITH = jobsmith_settings(INSPECT_MEMORY=512 * 1024**2)
    made = trees.snapshot(write(tmp_path / "hog", {"hog.py": "HOARD = bytearray(1024**3)\n"}))
    trees.store(made)
    hog = CodeAnswers("hog.Hog", made.digest, is_package=False, user_key="")
    with pytest.raises(options.OptionsUnavailable, match="MemoryError"):
        hog.validate({})
