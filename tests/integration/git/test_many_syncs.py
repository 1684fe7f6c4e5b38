"""Many runs wait while many commits come: each executes the one it was accepted with."""

from collections.abc import Callable
from typing import Any

import pytest

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import GitRepository, Job, JobQueue, JobResult
from tests.integration.runner.conftest import WorkerProgram, wait_for
from tests.support.git_server import GitFolder

from .conftest import jobs, says

SYNCS, RUNS = 10, 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_runs_execute_their_commits_during_ten_syncs(
    folder: GitFolder,
    repository: GitRepository,
    sync: Callable[..., JobResult],
    boss: Any,
    settings: Any,
) -> None:
    queue, _ = JobQueue.objects.get_or_create(name="q")
    worker = None
    expected: dict[Any, tuple[str, str]] = {}
    try:
        for number in range(SYNCS):
            head = folder.commit(jobs(a=says(f"word {number}")))
            assert sync().status == "SUCCESS"
            Job.objects.filter(name="Ping").update(enabled=True, default_job_queue=queue)
            job = Job.objects.get(name="Ping")
            for _ in range(RUNS):
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
    assert {each.pk: (each.result, each.source_label.split()[1]) for each in found} == expected
