"""Where the kernel gives us no control group, a watcher counts processes."""

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
