"""A worker that starts removes what dead workers left in ``home/run``, and nothing else."""

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.models import JobQueue, JobResult
from jobsmith.processes.liveness import hold, is_held, lock_path
from jobsmith.runner.rescue import forget_dead_workers, rescue

from .conftest import WorkerProgram, wait_for


def leave_a_lock() -> Path:
    path = lock_path(conf().home, uuid.uuid4())
    os.close(hold(path))
    return path


@pytest.fixture
def living() -> Iterator[Path]:
    path = lock_path(conf().home, uuid.uuid4())
    descriptor = hold(path)
    yield path
    os.close(descriptor)
    path.unlink()


def test_a_starting_worker_removes_the_locks_of_dead_workers_only(
    living: Path, start_worker: Callable[..., WorkerProgram]
) -> None:
    stale = [leave_a_lock() for _ in range(3)]
    bell = stale[0].with_name(stale[0].name.replace("worker-", "bell-").removesuffix(".lock"))
    bell.touch()
    start_worker()
    wait_for(lambda: not any(each.exists() for each in [*stale, bell]))
    assert is_held(living) is True


def test_a_killed_worker_leaves_a_lock_that_the_next_one_removes(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    first = start_worker()
    path = lock_path(conf().home, finish(make_result("NoOp")).worker_id)
    assert is_held(path) is True
    first.stop()
    assert is_held(path) is False
    start_worker()
    wait_for(lambda: not path.exists())


def test_a_lock_stays_while_a_run_of_its_worker_is_to_be_ended(queue: JobQueue) -> None:
    path = leave_a_lock()
    owner = path.name.removeprefix("worker-").removesuffix(".lock")
    run = JobResult.objects.create(
        name="n",
        class_path="bad.NoOp",
        job_queue=queue,
        status="STARTED",
        worker_id=owner,
        lease_expires_at=timezone.now() + timedelta(minutes=1),
    )
    assert owner not in forget_dead_workers()
    assert path.exists()
    assert rescue() == 1
    run.refresh_from_db()
    assert run.cause == "worker_lost"
    assert owner in forget_dead_workers()
    assert not path.exists()
