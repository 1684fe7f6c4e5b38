"""Who enabled a job trusted one source: another one that offers it does not inherit that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_django import Settings

from jobsmith.actions.save_repository import delete_repository
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.catalog.sync import sync_source
from jobsmith.engines.inline import run_now
from jobsmith.models import GitRepository, Job, JobResult, Source
from tests.support.git_server import GitFolder
from tests.support.job_files import folder as folder_of
from tests.support.job_files import jobsmith_settings, write

from .conftest import jobs, says

Sync = Callable[..., JobResult]


def enabled(sync: Sync, folder: GitFolder) -> Job:
    """A job that an administrator enabled and overrode."""
    folder.commit(jobs(a=says("trusted")))
    assert sync().status == "SUCCESS"
    job = Job.objects.get(name="Ping")
    job.enabled, job.description, job.overridden = True, "Mine", ["description"]
    job.save()
    return job


def test_another_repository_of_the_same_slug_does_not_inherit_that_a_job_is_enabled(
    folder: GitFolder, repository: GitRepository, sync: Sync, boss: Any
) -> None:
    job = enabled(sync, folder)
    fields = {"name": "Evil", "slug": repository.slug, "remote_url": repository.remote_url}
    fields |= {"sealed_token": repository.sealed_token, "provided_contents": ["extras.job"]}
    delete_repository(repository, user=boss)
    folder.commit({"jobs/a.py": says("evil")})
    other = GitRepository.objects.create(**fields)
    result = run_now(sync_repository(other, user=boss))
    assert result.status == "SUCCESS"
    job.refresh_from_db()
    assert (job.installed, job.enabled, job.git_repository) == (True, False, other)
    assert (job.description, job.overridden) == ("Mine", ["description"])
    [problem] = Source.objects.get(key=f"git:{other.slug}").problems.all()
    assert (problem.code, problem.severity) == ("source_changed", "warning")
    assert "came from another source before: it has to be enabled anew." in problem.message
    warned = result.job_log_entries.filter(log_level="warning").values_list("message", flat=True)
    assert any("enabled anew" in each for each in warned)
    job.enabled = True
    job.save()
    assert run_now(sync_repository(other, user=boss)).status == "SUCCESS"
    job.refresh_from_db()
    assert job.enabled


def test_a_job_stays_enabled_through_later_commits_and_while_it_is_gone(
    folder: GitFolder, repository: GitRepository, sync: Sync
) -> None:
    job = enabled(sync, folder)
    folder.commit({"jobs/a.py": None})
    sync()
    folder.commit({"jobs/a.py": says("again")})
    sync()
    job.refresh_from_db()
    assert (job.installed, job.enabled) == (True, True)


def test_the_folder_does_not_inherit_that_a_job_of_a_repository_is_enabled(
    folder: GitFolder,
    repository: GitRepository,
    sync: Sync,
    boss: Any,
    tmp_path: Path,
    settings: Settings,
) -> None:
    job = enabled(sync, folder)
    delete_repository(repository, user=boss)
    root = write(
        tmp_path / "jobs",
        {f"nets_of_tests/{name}": code for name, code in jobs(a=says("x")).items()},
    )
    settings.JOBSMITH = jobsmith_settings(JOBS_ROOT=root, ENABLED_ON_CREATE=())
    assert sync_source(folder_of(root)).refreshed == (job.class_path,)
    job.refresh_from_db()
    assert (job.source_key, job.installed, job.enabled) == ("folder", True, False)
