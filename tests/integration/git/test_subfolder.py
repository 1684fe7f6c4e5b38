"""Repositories whose jobs lie in one of their folders."""

from typing import Any

import pytest

from jobsmith.actions.pull_repository import pull_repository
from jobsmith.actions.save_repository import create_repository, update_repository
from jobsmith.errors import InputsRefused, SourceBroken
from jobsmith.models import GitRepository, Job
from tests.integration.api.conftest import client_of
from tests.support.git_server import GitFolder, GitServer

from .conftest import TOKEN, jobs, says

NO_JOBS = {
    "gone": "The commit has no folder called gone.",
    "jobs/a.py": "The commit has no folder called jobs/a.py.",
    "link": "The commit has no folder called link.",
    "jobs": "The folder jobs has neither a jobs.py nor a package jobs at its top.",
    "docs": "The folder docs has no __init__.py at its top, so it is no package.",
}


def below(folder: str, **files: str) -> dict[str, Any]:
    return {f"{folder}/{name}": content for name, content in jobs(**files).items()}


def pull(repository: GitRepository, user: Any) -> None:
    pull_repository(repository, user=user, say=lambda *_: None)
    repository.refresh_from_db()


def test_only_its_folder_is_read(folder: GitFolder, repository: GitRepository, boss: Any) -> None:
    other = below("ops", z="1 / 0\n") | below("ops/net", a=says("1"))
    head = folder.commit({**other, "ops/net/link.py": "1\n", "big.bin": "x"})
    repository = update_repository(repository, user=boss, values={"subfolder": "ops/net/"})
    assert repository.subfolder == "ops/net"
    pull(repository, boss)
    assert repository.current_head == head
    found = Job.objects.filter(git_repository=repository)
    assert [each.class_path for each in found] == ["nets_of_tests.jobs.a.Ping"]


def test_a_folder_without_jobs_says_so(
    folder: GitFolder, repository: GitRepository, boss: Any
) -> None:
    (folder.path / "link").symlink_to("jobs")
    folder.commit({**jobs(a=says("1")), "docs/a.md": ""})
    for path, said in NO_JOBS.items():
        repository = update_repository(repository, user=boss, values={"subfolder": path})
        with pytest.raises(SourceBroken, match=said):
            pull(repository, boss)
    assert not Job.objects.filter(git_repository=repository).exists()


def test_a_folder_that_leads_elsewhere_is_refused(repository: GitRepository, boss: Any) -> None:
    address = f"/api/extras/git-repositories/{repository.pk}/"
    answer = client_of(boss).patch(address, {"subfolder": "a/../../b"}, format="json")
    said = ["A folder must not be empty, . or .. on the way."]
    assert (answer.status_code, answer.json()) == (400, {"subfolder": said})


def test_another_folder_has_to_be_synced_anew(repository: GitRepository, boss: Any) -> None:
    GitRepository.objects.update(current_head="1" * 40, tried_head="1" * 40)
    row = update_repository(GitRepository.objects.get(), user=boss, values={"subfolder": "ops"})
    assert (row.current_head, row.tried_head) == ("", "")


def test_two_folders_of_one_address_may_both_provide_jobs(
    server: GitServer, repository: GitRepository, boss: Any
) -> None:
    values = {
        "name": "Ops",
        "slug": "ops_of_tests",
        "remote_url": repository.remote_url,
        "token": TOKEN,
        "provided_contents": ["extras.job"],
    }
    with pytest.raises(InputsRefused, match="refused"):
        create_repository(user=boss, values=values)
    assert create_repository(user=boss, values={**values, "subfolder": "ops"}).subfolder == "ops"
