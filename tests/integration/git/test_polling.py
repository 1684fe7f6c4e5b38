"""Repositories that are polled: a new commit is synced once, and nothing else is."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobsmith.actions.poll_repositories import Polls
from jobsmith.actions.pull_repository import pull_repository
from jobsmith.actions.save_repository import update_repository
from jobsmith.actions.sync_repository import sync_repository
from jobsmith.engines.inline import run_now
from jobsmith.errors import SourceBroken
from jobsmith.models import GitRepository, Job, JobResult
from jobsmith.scheduler import loop
from tests.integration.api.conftest import client_of
from tests.integration.runner.conftest import wait_for
from tests.support.factories import make_user
from tests.support.git_server import GitFolder, GitServer
from tests.support.job_files import database_url
from tests.support.wheels import wheel

from .conftest import TOKEN, jobs, says

Poll = Callable[[], list[str]]
URL = "/api/extras/git-repositories/"
ROOT = Path(__file__).parents[3]
REPOSITORIES = 6


@pytest.fixture
def polled(repository: GitRepository, boss: Any) -> GitRepository:
    return update_repository(repository, user=boss, values={"poll_seconds": 60})


def look() -> list[JobResult]:
    """Asks the server once; returns what that started."""
    GitRepository.objects.update(next_poll_at=timezone.now())
    known = set(JobResult.objects.values_list("pk", flat=True))
    polls = Polls()
    assert polls.turn() == 1
    wait_for(lambda: not polls.turn())
    return list(JobResult.objects.exclude(pk__in=known))


@pytest.fixture
def poll(polled: GitRepository) -> Poll:
    """Asks the server once and does here what that started; returns how it ended."""

    def poll() -> list[str]:
        for result in look():
            result.status = _pulled(result.user)
            result.save()
        polled.refresh_from_db()
        return [each.status for each in JobResult.objects.order_by("-date_created")]

    def _pulled(user: Any) -> str:
        try:
            pull_repository(GitRepository.objects.get(), user=user, say=lambda *_: None)
        except SourceBroken:
            return "FAILURE"
        return "SUCCESS"

    return poll


def test_a_new_commit_is_synced_once_in_the_name_of_the_owner(
    folder: GitFolder, polled: GitRepository, boss: Any
) -> None:
    head = folder.commit(jobs(a=says("1")))
    [first] = map(run_now, look())
    assert (first.status, first.door, first.user) == ("SUCCESS", "poll", boss)
    polled.refresh_from_db()
    assert (polled.current_head, polled.look_failure) == (head, "")
    assert Job.objects.get(name="Ping").git_repository == polled
    assert [look(), look()] == [[], []]
    folder.commit({"jobs/a.py": says("2")})
    assert len(look()) == 1


def test_a_tag_is_known_by_its_commit(
    folder: GitFolder, polled: GitRepository, boss: Any, poll: Poll
) -> None:
    folder.commit(jobs(a=says("1")))
    folder.git("tag", "-a", "v1", "-m", "One")
    update_repository(polled, user=boss, values={"branch": "v1"})
    assert [poll(), poll()] == [["SUCCESS"], ["SUCCESS"]]


def test_a_commit_that_does_not_load_is_tried_once(
    folder: GitFolder, polled: GitRepository, poll: Poll
) -> None:
    good = folder.commit(jobs(a=says("1")))
    assert poll() == ["SUCCESS"]
    folder.commit({"jobs/a.py": "1 / 0\n"})
    assert poll() == ["FAILURE", "SUCCESS"]
    assert poll() == ["FAILURE", "SUCCESS"]
    assert polled.current_head == good
    folder.git("reset", "--quiet", "--hard", good)  # somebody forces the branch back
    assert poll() == ["SUCCESS", "FAILURE", "SUCCESS"]


def test_a_commit_that_could_not_be_fetched_is_tried_again_later(
    folder: GitFolder, server: GitServer, polled: GitRepository, poll: Poll
) -> None:
    folder.commit(jobs(a=says("1")))
    server.gives_packs = False
    assert [poll(), poll()] == [["FAILURE"], ["FAILURE"]]
    server.gives_packs = True
    assert poll() == ["FAILURE"]
    GitRepository.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    assert [poll(), poll()] == 2 * [["SUCCESS", "FAILURE"]]


def test_a_commit_whose_packages_could_not_be_had_is_tried_again_later(
    folder: GitFolder,
    poll: Poll,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(index))
    folder.commit({**jobs(a=says("1")), "requirements.txt": "counted-of-tests\n"})
    assert [poll(), poll()] == [["FAILURE"], ["FAILURE"]]
    wheel(index, "1.0")
    GitRepository.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    assert [poll(), poll()] == 2 * [["SUCCESS", "FAILURE"]]


def test_a_server_that_refuses_is_told_and_starts_nothing(
    folder: GitFolder, server: GitServer, polled: GitRepository, poll: Poll, boss: Any
) -> None:
    head = folder.commit(jobs(a=says("1")))
    assert poll() == ["SUCCESS"]
    server.token = "another-token-99"
    folder.commit({"jobs/a.py": says("2")})
    assert poll() == ["SUCCESS"]
    assert polled.look_failure == "The server refused the user name or the token."
    browser = Client()
    browser.force_login(boss)
    shown = browser.get(f"/repositories/{polled.pk}/").content.decode()
    assert polled.look_failure in shown
    assert "The commit above goes on serving." in shown
    told = client_of(boss).get(f"{URL}{polled.pk}/").json()
    assert (told["look_failure"], told["current_head"]) == (polled.look_failure, head)
    assert told["looked_at"] is not None
    query = "{ git_repositories { poll_seconds look_failure looked_at next_poll_at } }"
    answer = client_of(boss).post("/api/graphql/", {"query": query}, format="json").json()
    [asked] = answer["data"]["git_repositories"]
    assert (asked["poll_seconds"], asked["look_failure"]) == (60, polled.look_failure)
    folder.git("branch", "-m", "main", "trunk")
    server.token = TOKEN
    assert poll() == ["SUCCESS"]
    assert polled.look_failure == "The repository has no branch, tag or commit called main."


def test_it_waits_for_a_sync_that_is_under_way(
    folder: GitFolder, polled: GitRepository, boss: Any
) -> None:
    folder.commit(jobs(a=says("1")))
    sync_repository(polled, user=boss)
    running = JobResult.objects.all()
    running.update(status="STARTED")
    polls = Polls()
    assert polls.turn() == 0
    running.update(status="SUCCESS")
    assert polls.turn() == 1
    running.update(status="PENDING")  # somebody was quicker than the server's answer
    wait_for(lambda: not polls.turn())
    assert JobResult.objects.count() == 1


def test_an_owner_who_may_not_change_it_any_more_syncs_nothing(
    folder: GitFolder, repository: GitRepository, boss: Any
) -> None:
    folder.commit(jobs(a=says("1")))
    owner = make_user("owner", "change_gitrepository")
    update_repository(repository, user=owner, values={"poll_seconds": 90})
    owner.user_permissions.clear()
    assert look() == []
    said = GitRepository.objects.get().look_failure
    assert said == "You do not have permission to perform this action."
    owner.delete()
    assert look() == []
    assert "Save it again." in GitRepository.objects.get().look_failure
    update_repository(repository, user=boss, values={"poll_seconds": 90})
    assert len(look()) == 1


def test_an_address_that_changes_meanwhile_is_asked_anew(
    folder: GitFolder, polled: GitRepository, boss: Any
) -> None:
    folder.commit(jobs(a=says("1")))
    polls = Polls()
    assert polls.turn() == 1
    update_repository(polled, user=boss, values={"branch": "next"})
    wait_for(lambda: all(each.look.is_over for each in polls._asked))
    assert polls.turn() == 1
    assert not JobResult.objects.exists()
    wait_for(lambda: not polls.turn())
    assert "called next" in GitRepository.objects.get().look_failure


def test_paces_that_help_nobody_are_refused(repository: GitRepository, boss: Any) -> None:
    said = {"poll_seconds": ["Enter 0 for never, or 30 to 604,800 seconds."]}
    api, one = client_of(boss), f"{URL}{repository.pk}/"
    for seconds in (1, 29, 604_801):
        answer = api.patch(one, {"poll_seconds": seconds}, format="json")
        assert (answer.status_code, answer.json()) == (400, said)


def test_a_page_turns_polling_on_and_off(repository: GitRepository, boss: Any) -> None:
    browser = Client()
    browser.force_login(boss)
    address = f"/repositories/{repository.pk}/"
    form = {"name": "Nets", "remote_url": repository.remote_url, "branch": "main", "has_jobs": "on"}
    assert browser.post(address, {**form, "poll_seconds": "45"}).status_code == 302
    repository.refresh_from_db()
    assert (repository.poll_seconds, repository.owner) == (45, boss)
    assert repository.next_poll_at is not None
    assert "Every 45 s" in browser.get(address).content.decode()
    assert browser.post(address, {**form, "poll_seconds": ""}).status_code == 302
    repository.refresh_from_db()
    assert (repository.poll_seconds, repository.next_poll_at) == (0, None)


def test_a_server_that_says_nothing_keeps_no_scheduler(
    folder: GitFolder, polled: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking: list[Any] = []
    monkeypatch.setattr(GitServer, "process_request", lambda _, each, *more: asking.append(each))
    monkeypatch.setattr(loop, "NAP", 0)
    turns = iter(range(3))
    assert loop.run_scheduler(stop=lambda: next(turns, None) is None) == 0
    for each in asking:
        each.close()
    polled.refresh_from_db()
    assert polled.next_poll_at is not None
    assert polled.next_poll_at > timezone.now()


def test_many_schedulers_start_one_sync_for_each_due_time(
    folder: GitFolder, server: GitServer, polled: GitRepository
) -> None:
    folder.commit(jobs(a=says("1")))
    for number in range(REPOSITORIES - 1):
        polled.pk, polled.name, polled.slug = uuid.uuid4(), f"r{number}", f"r{number}"
        polled.save(force_insert=True)
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    words = [sys.executable, "-m", "tests.support.polling"]
    schedulers = [subprocess.Popen(words, env=env) for _ in range(3)]
    assert [each.wait(timeout=90) for each in schedulers] == [0, 0, 0]
    assert len([each for each in server.asked if "info/refs" in each]) == REPOSITORIES
    synced = {each.task_kwargs["repository"] for each in JobResult.objects.all()}
    assert len(synced) == JobResult.objects.count() == REPOSITORIES
