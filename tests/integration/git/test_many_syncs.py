"""Many runs wait while many commits come: each executes the one it was accepted with.

Over SSH there are fewer of them, unless ``JOBSMITH_TEST_RUNS`` says how many.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.vault import seal
from jobsmith.models import GitRepository, Job, JobQueue, JobResult
from tests.integration.runner.conftest import WorkerProgram, wait_for
from tests.support.git_server import GitFolder, git_server
from tests.support.ssh_git_server import new_key, private_text, ssh_git_server

from .conftest import TOKEN, jobs, says

SYNCS = 10
RUNS = {"http": 200, "ssh": 40}
Served = tuple[str, dict[str, Any]]


@contextmanager
def over_http(folder: Path) -> Iterator[Served]:
    with git_server(folder, TOKEN) as server:
        yield server.url("nets"), {"sealed_token": seal({"token": TOKEN})}


@contextmanager
def over_ssh(folder: Path) -> Iterator[Served]:
    key = new_key()
    with ssh_git_server(folder, key) as server:
        yield server.url("nets"), {"sealed_key": seal({"private_key": private_text(key)})}


WAYS = {"http": over_http, "ssh": over_ssh}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def repository(way: str, folder: GitFolder, boss: Any) -> Iterator[GitRepository]:
    with WAYS[way](folder.path.parent) as (url, secrets):
        yield GitRepository.objects.create(
            name="Nets",
            slug="nets_of_tests",
            remote_url=url,
            provided_contents=["extras.job"],
            **secrets,
        )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_run_executes_its_commit_during_ten_syncs(
    way: str,
    folder: GitFolder,
    repository: GitRepository,
    sync: Callable[..., JobResult],
    boss: Any,
    settings: Any,
) -> None:
    runs = int(os.environ.get("JOBSMITH_TEST_RUNS", RUNS[way]))
    queue, _ = JobQueue.objects.get_or_create(name="q")
    worker = None
    expected: dict[Any, tuple[str, str]] = {}
    try:
        for number in range(SYNCS):
            head = folder.commit(jobs(a=says(f"word {number}")))
            assert sync().status == "SUCCESS"
            Job.objects.filter(name="Ping").update(enabled=True, default_job_queue=queue)
            job = Job.objects.get(name="Ping")
            for _ in range(runs // SYNCS):
                result = enqueue_job(job, user=boss, inputs=CleanInputs())
                expected[result.pk] = (f"word {number}", head[:10])
            if number == SYNCS // 2:
                worker = WorkerProgram("fork", 4, HOME=str(settings.JOBSMITH["HOME"]))
        waiting = JobResult.objects.filter(pk__in=expected).exclude(
            status__in=["SUCCESS", "FAILURE"]
        )
        wait_for(lambda: not waiting.exists(), 300)
    finally:
        if worker is not None:
            worker.stop()
    found = JobResult.objects.filter(pk__in=expected)
    executed = {each.pk: (each.result, each.source_label.split()[1]) for each in found}
    right = sum(executed[each] == expected[each] for each in expected)
    print(f"over {way}: {right} of {len(expected)} runs executed their commit")
    assert executed == expected
