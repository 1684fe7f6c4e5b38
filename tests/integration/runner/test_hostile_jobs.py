"""Jobs that do their worst: each ends with its cause named, and leaves nothing behind."""

from collections.abc import Callable

import pytest

from jobsmith.models import JobResult

from .conftest import WorkerProgram, wait_for

TABLE = {
    "KillSelf": ("FAILURE", "signal:9"),
    "Segfault": ("FAILURE", "signal:11"),
    "ExitZero": ("FAILURE", "exit:0"),
    "SysExit": ("FAILURE", "exit:3"),
    "IgnoresAll": ("FAILURE", "time_limit"),
    "StuckInC": ("FAILURE", "time_limit"),
    "LongLine": ("SUCCESS", ""),
    "BadText": ("SUCCESS", ""),
    "ForkBomb": ("FAILURE", "too_many_processes"),
    "Daemon": ("SUCCESS", ""),
    "Thread": ("SUCCESS", ""),
    "Hog": ("FAILURE", "out_of_memory"),
    "Giant": ("SUCCESS", ""),
    "EvilException": ("FAILURE", "exception"),
    "Garbage": ("FAILURE", "protocol"),
    "SoftLimit": ("FAILURE", "soft_time_limit"),
}
LIMITS = {
    "IgnoresAll": {"time_limit": 6, "soft_time_limit": 4},
    "StuckInC": {"time_limit": 6, "soft_time_limit": 4},
    "SoftLimit": {"soft_time_limit": 4},
}
CONF = {"MEMORY_LIMIT": 512 * 1024**2, "PROCESS_LIMIT": 40}


@pytest.mark.parametrize("class_name", TABLE)
def test_each_ends_with_its_cause_named_and_the_next_run_starts(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
    class_name: str,
) -> None:
    worker = start_worker(method, slots=1, **CONF)
    limits = {"time_limit": 30, "soft_time_limit": 0} | LIMITS.get(class_name, {})
    result = finish(make_result(class_name, **limits), 60)
    following = finish(make_result("NoOp"))
    assert (result.status, result.cause) == TABLE[class_name], result.traceback
    if result.status == "FAILURE":
        assert result.cause_detail
    assert following.status == "SUCCESS"
    assert worker.process.poll() is None
    wait_for(lambda: not worker.survivors(), 5)


def test_an_endless_line_is_kept_in_pieces(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    start_worker()
    result = finish(make_result("LongLine"), 60)
    pieces = list(result.job_console_entries.values_list("text", flat=True))
    assert sum(map(len, pieces)) >= 50_000_000
    assert max(map(len, pieces)) <= 64 * 1024


def test_text_that_no_database_holds_is_mended(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    start_worker()
    result = finish(make_result("BadText"))
    assert result.job_console_entries.filter(text="nul bad \ufffd\ufffd utf").exists()
    assert result.job_log_entries.filter(message="nul  and ?").exists()


def test_a_leftover_daemon_is_ended_and_mentioned(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
) -> None:
    start_worker()
    result = finish(make_result("Daemon"))
    assert result.job_log_entries.filter(message="1 process(es) left behind were ended.").exists()


def test_a_soft_limit_that_passes_before_the_job_listens_is_told_as_one(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    method: str,
) -> None:
    start_worker(method, slots=1, **CONF)
    result = finish(make_result("SoftLimit", time_limit=30, soft_time_limit=0.001), 60)
    assert (result.status, result.cause) == ("FAILURE", "soft_time_limit"), result.traceback
