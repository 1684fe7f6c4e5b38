"""Where the kernel gives us no control group, a watcher counts processes."""

import os
import signal
from collections.abc import Callable

from jobsmith.models import JobResult

from .conftest import WorkerProgram, wait_for


def test_a_fork_bomb_is_ended_by_the_watcher(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    worker = start_worker(slots=1, PROCESS_LIMIT=40, CONTROL_GROUPS=False)
    result = finish(make_result("SlowBomb"), 30)
    assert (result.status, result.cause) == ("FAILURE", "too_many_processes")
    wait_for(lambda: not worker.survivors(), 5)


def test_a_leftover_daemon_is_swept(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    worker = start_worker(slots=2, CONTROL_GROUPS=False)
    neighbour = make_result("Chatty")
    result = finish(make_result("Daemon"))
    assert result.job_log_entries.filter(message="1 process(es) left behind were ended.").exists()
    assert finish(neighbour).status == "SUCCESS"
    wait_for(lambda: not worker.survivors(), 5)


def servers(worker: WorkerProgram) -> list[int]:
    return [pid for pid in worker.marked() if worker._is_ours(pid) and pid != worker.process.pid]


def test_a_daemon_does_not_outlive_a_killed_fork_server(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
) -> None:
    worker = start_worker(method, CONTROL_GROUPS=False)
    result = make_result("Fathers", class_path="wire.Fathers")
    wait_for(lambda: result.job_log_entries.filter(message="left one").exists())
    for pid in servers(worker):
        os.kill(pid, signal.SIGKILL)
    assert finish(result, 10).cause == "worker_lost"
    wait_for(lambda: not worker.survivors(), 5)


def test_a_daemon_does_not_outlive_a_worker_that_died_with_its_fork_server(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
) -> None:
    worker = start_worker(method, CONTROL_GROUPS=False)
    result = make_result("Fathers", class_path="wire.Fathers")
    wait_for(lambda: result.job_log_entries.filter(message="left one").exists())
    (server,) = servers(worker)
    os.kill(server, signal.SIGSTOP)
    worker.process.kill()
    os.kill(server, signal.SIGKILL)
    worker.process.wait()
    wait_for(lambda: len(worker.marked()) == 1)
    start_worker(method, CONTROL_GROUPS=False)
    assert finish(result, 20).cause == "worker_lost"
    wait_for(lambda: not worker.survivors(), 5)
