"""A disk that takes no more, and runs that make more files than they may."""

import errno
import resource
from collections.abc import Callable

import pytest
from django.core.files.storage import FileSystemStorage, Storage
from django.db import connection

from jobsmith.engines.inline import run_now
from jobsmith.models import JobResult

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]

MIB = 1024**2


def fill_disk(worker: WorkerProgram, most: int) -> None:
    """From now on the worker cannot write files beyond that size."""
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def makes(make_result: Make, count: int, size: int) -> JobResult:
    inputs = {"count": count, "size": size}
    return make_result("Makes", class_path="wire.Makes", task_kwargs=inputs)


def test_a_file_that_the_disk_does_not_take(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method)
    neighbour = make_result("Sleeps")
    assert finish(make_result("NoOp")).status == "SUCCESS"
    fill_disk(worker, 16 * MIB)
    result = finish(makes(make_result, 1, 32 * MIB))
    assert (result.status, result.cause) == ("FAILURE", "storage_failed")
    assert "File too large" in result.cause_detail
    assert not result.files.exists()
    assert finish(makes(make_result, 1, MIB)).files.count() == 1
    neighbour.refresh_from_db()
    assert neighbour.status == "STARTED"
    assert worker.process.poll() is None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one write lock")
def test_lines_that_the_disk_does_not_take(
    start_worker: Start, make_result: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_HOLD", "8")
    worker = start_worker()
    holder = make_result("HoldsLock")
    flood = make_result("Floods", class_path="wire.Floods")
    wait_for(lambda: holder.job_log_entries.exists() or len(worker.survivors()) == 2)
    fill_disk(worker, 4 * MIB)
    wait_for(lambda: len(worker.survivors()) == 1)
    fill_disk(worker, resource.RLIM_INFINITY)
    finish(flood)
    assert (flood.status, flood.cause) == ("FAILURE", "storage_failed")
    seqs = list(flood.job_console_entries.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, flood.console_count + 1))
    assert finish(holder).status == "SUCCESS"
    assert worker.process.poll() is None


@pytest.mark.parametrize(
    ("count", "size", "sentence"),
    [
        (4, 10, "The run made more than 3 files."),
        (3, 400, "The files of the run grew over 1,000 bytes in all."),
    ],
)
def test_a_run_may_make_so_many_files_only(
    start_worker: Start, make_result: Make, finish: Finish, count: int, size: int, sentence: str
) -> None:
    start_worker(MAX_RUN_FILES=3, MAX_RUN_FILE_BYTES=1000)
    assert finish(makes(make_result, 3, 300)).files.count() == 3
    result = finish(makes(make_result, count, size))
    assert (result.status, result.cause) == ("FAILURE", "file_limit")
    assert result.cause_detail == sentence


def test_files_that_cannot_be_moved_to_their_place(
    make_result: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(storage: Storage, name: str, content: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    result = run_now(makes(make_result, 1, 10))
    assert (result.status, result.cause) == ("FAILURE", "storage_failed")
    assert result.job_log_entries.filter(grouping="create_file").exists()
