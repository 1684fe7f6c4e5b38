"""A repository on a real server, and its record here."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from jobsmith.actions.sync_repository import sync_repository
from jobsmith.engines.inline import run_now
from jobsmith.inputs.vault import seal
from jobsmith.models import GitRepository, JobResult
from tests.support.factories import make_admin
from tests.support.git_server import GitFolder, GitServer, git_server
from tests.support.job_files import job_file, jobsmith_settings
from tests.support.own_jobs import make_own_jobs

TOKEN = "tok-5e4d3c2b1a"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, settings: Settings) -> None:
    changes = {"HOME": tmp_path / "home", "JOBS_ROOT": None, "ACCEPT_WITHOUT_WORKER": True}
    settings.JOBSMITH = jobsmith_settings(**changes)


@pytest.fixture
def folder(tmp_path: Path) -> GitFolder:
    return GitFolder(tmp_path / "served" / "nets")


@pytest.fixture
def server(folder: GitFolder) -> Iterator[GitServer]:
    with git_server(folder.path.parent, TOKEN) as server:
        yield server


@pytest.fixture
def boss(transactional_db: None) -> Any:
    make_own_jobs()
    return make_admin()


@pytest.fixture
def repository(server: GitServer, boss: Any) -> GitRepository:
    return GitRepository.objects.create(
        name="Nets",
        slug="nets_of_tests",
        remote_url=server.url("nets"),
        sealed_token=seal({"token": TOKEN}),
        provided_contents=["extras.job"],
    )


@pytest.fixture
def sync(repository: GitRepository, boss: Any) -> Callable[..., JobResult]:
    """Syncs in a run of its own, to its end."""

    def sync(user: Any = boss, **options: Any) -> JobResult:
        result = run_now(sync_repository(repository, user=user, **options))
        repository.refresh_from_db()
        return result

    return sync


def jobs(**files: str) -> dict[str, str]:
    """A package of jobs: file names without ``.py`` and their content."""
    return {"__init__.py": "", "jobs/__init__.py": ""} | {
        f"jobs/{name}.py": content for name, content in files.items()
    }


def says(word: str, name: str = "Ping") -> str:
    """A file with a job that returns a word."""
    return job_file(name).replace(f"return {name!r}", f"return {word!r}")


@pytest.fixture
def pull(sync: Callable[..., JobResult]) -> Callable[..., JobResult]:
    """The same, where a test knows another sync."""
    return sync
