"""A sync during which somebody edits or deletes the repository: what it fetched does not count."""

from collections.abc import Callable
from typing import Any

import pytest

from jobsmith.actions.poll_repositories import Polls
from jobsmith.actions.pull_repository import pull_repository
from jobsmith.actions.save_repository import delete_repository, update_repository
from jobsmith.errors import SourceBroken
from jobsmith.models import GitRepository, Job, JobResult, Source
from tests.integration.runner.conftest import wait_for
from tests.support.git_server import GitFolder

from .conftest import jobs, says

EDITS = [
    {"branch": "next"},
    {"subfolder": "ops"},
    {"remote_url": "https://git.example.com/another.git"},
]
CONTENTS = [says("1"), "1 / 0\n"]
"""A commit that loads, and one that does not."""


def pull_while(row: GitRepository, user: Any, do: Callable[[], object]) -> str:
    """Why the sync ended when something was done while it read the commit."""

    def say(level: str, message: str, grouping: str, obj: object = None) -> None:
        if message == "Reading its jobs.":
            do()

    with pytest.raises(SourceBroken) as caught:
        pull_repository(GitRepository.objects.get(pk=row.pk), user=user, say=say)
    return caught.value.message


@pytest.mark.parametrize(("edit", "content"), [*zip(EDITS, CONTENTS * 2, strict=False)])
def test_what_was_fetched_before_an_edit_does_not_serve(
    folder: GitFolder, repository: GitRepository, boss: Any, edit: dict[str, str], content: str
) -> None:
    folder.commit(jobs(a=content))
    said = pull_while(
        repository, boss, lambda: update_repository(repository, user=boss, values=edit)
    )
    assert said.startswith("Address, branch or folder of the repository were changed")
    now = GitRepository.objects.get()
    assert (now.current_head, now.tried_head, now.retry_at) == ("", "", None)
    assert not Job.objects.filter(name="Ping").exists()
    assert not Source.objects.filter(key="git:nets_of_tests").exists()


def test_other_edits_do_not_disturb_a_sync(
    folder: GitFolder, repository: GitRepository, boss: Any
) -> None:
    head = folder.commit(jobs(a=says("1")))

    def say(level: str, message: str, grouping: str, obj: object = None) -> None:
        values = {"name": "Other", "poll_seconds": 60}
        update_repository(GitRepository.objects.get(), user=boss, values=values)

    pull_repository(repository, user=boss, say=say)
    now = GitRepository.objects.get()
    assert (now.name, now.poll_seconds, now.current_head) == ("Other", 60, head)


@pytest.mark.parametrize("content", CONTENTS)
def test_a_repository_that_is_deleted_meanwhile_comes_not_back(
    folder: GitFolder, repository: GitRepository, boss: Any, content: str
) -> None:
    folder.commit(jobs(a=content))
    said = pull_while(repository, boss, lambda: delete_repository(repository, user=boss))
    assert said == "The repository was deleted during the sync."
    assert not Source.objects.filter(key="git:nets_of_tests").exists()
    assert not Job.objects.filter(name="Ping", installed=True).exists()


def test_another_folder_makes_a_look_at_the_server_void(
    folder: GitFolder, repository: GitRepository, boss: Any
) -> None:
    folder.commit({})
    row = update_repository(repository, user=boss, values={"poll_seconds": 60})
    polls = Polls()
    assert polls.turn() == 1
    GitRepository.objects.update(subfolder="ops", next_poll_at=None)
    wait_for(lambda: not polls.turn())
    assert not JobResult.objects.exists()
    row.refresh_from_db()
    assert (row.tried_head, row.looked_at) == ("", None)
