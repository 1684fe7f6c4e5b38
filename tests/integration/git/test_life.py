"""The whole life of a repository, over HTTP with a token and over SSH with a key."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobsmith.actions.pull_repository import pull_repository
from jobsmith.engines.inline import run_now
from jobsmith.errors import SourceBroken
from jobsmith.inputs.vault import seal
from jobsmith.models import GitRepository, Job
from tests.support.git_server import GitFolder, git_server
from tests.support.ssh_git_server import new_key, private_text, ssh_git_server

from .conftest import TOKEN, jobs, says
from .test_sync import accept

KEY = new_key()


@pytest.fixture(params=["http", "ssh"])
def life(request: Any, folder: GitFolder, boss: Any) -> Iterator[GitRepository]:
    """A repository on a server that lets in whoever has the token, or the key."""
    served = folder.path.parent
    made = {"name": "Nets", "slug": "nets_of_tests", "provided_contents": ["extras.job"]}
    if request.param == "http":
        with git_server(served, TOKEN) as server:
            secret = {"sealed_token": seal({"token": TOKEN})}
            yield GitRepository.objects.create(**made, remote_url=server.url("nets"), **secret)
    else:
        with ssh_git_server(served, KEY) as ssh:
            secret = {"sealed_key": seal({"private_key": private_text(KEY)})}
            yield GitRepository.objects.create(**made, remote_url=ssh.url("nets"), **secret)


@pytest.fixture
def pull(life: GitRepository, boss: Any) -> Callable[[], dict[str, bool]]:
    """Syncs, and returns which jobs are installed."""

    def pull() -> dict[str, bool]:
        life.refresh_from_db()
        pull_repository(life, user=boss, say=lambda *_: None)
        life.refresh_from_db()
        return dict(Job.objects.filter(git_repository=life).values_list("name", "installed"))

    return pull


def test_from_the_first_sync_to_a_forced_branch(
    folder: GitFolder, life: GitRepository, boss: Any, pull: Callable[[], dict[str, bool]]
) -> None:
    first = folder.commit(jobs(a=says("one"), b=says("x", "Pong")))
    assert pull() == {"Ping": True, "Pong": True}
    waiting = accept("Ping", boss)
    second = folder.commit({"jobs/a.py": says("two")})  # a new commit
    pull()
    assert life.current_head == second
    folder.commit({"jobs/a.py": "1 / 0\n"})  # a broken one
    with pytest.raises(SourceBroken, match=r"jobs/a\.py:1: ZeroDivisionError"):
        pull()
    life.refresh_from_db()
    assert (life.current_head, Job.objects.get(name="Ping").installed) == (second, True)
    folder.commit({"jobs/a.py": says("two"), "jobs/b.py": says("x", "Pang")})  # a renamed job
    assert pull() == {"Ping": True, "Pong": False, "Pang": True}
    folder.commit({"jobs/b.py": None})  # a removed one
    assert pull() == {"Ping": True, "Pong": False, "Pang": False}
    folder.git("reset", "--quiet", "--hard", first)
    forced = folder.commit({"jobs/a.py": says("forced")})  # a forced branch
    assert pull() == {"Ping": True, "Pong": True, "Pang": False}
    assert life.current_head == forced
    folder.git("branch", "-m", "main", "trunk")  # no branch at all
    with pytest.raises(SourceBroken, match="no branch, tag or commit called main"):
        pull()
    ran = [run_now(each) for each in (waiting, accept("Ping", boss))]
    assert [each.result for each in ran] == ["one", "forced"]
    assert [each.source_label.split()[1] for each in ran] == [first[:10], forced[:10]]
