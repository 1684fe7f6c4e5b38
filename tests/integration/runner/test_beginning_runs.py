"""A run that cannot begin ends with its cause; the worker and the next run go on."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from jobsmith.engines.inline import run_now
from jobsmith.models import Job, JobResult
from jobsmith.sources import trees
from tests.support.factories import make_job

from .conftest import WorkerProgram

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]


def test_inputs_that_no_message_holds(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method)
    result = finish(make_result("Says", task_kwargs={"word": "x" * 9 * 1024**2}))
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert "too long" in result.cause_detail
    assert finish(make_result("NoOp")).status == "SUCCESS"
    assert worker.process.poll() is None


def test_a_pattern_of_the_settings_that_is_none(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    worker = start_worker(SANITIZER_PATTERNS=[["(", ""]])
    result = finish(make_result("NoOp"))
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert "SANITIZER_PATTERNS" in result.cause_detail
    assert worker.process.poll() is None


def test_a_disk_that_takes_no_code(make_result: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(digest: str) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(trees, "ensure", full)
    result = run_now(make_result("NoOp"))
    assert (result.status, result.cause) == ("FAILURE", "not_started")
    assert "No space left on device" in result.cause_detail


def test_a_job_that_was_disabled_meanwhile(make_result: Make) -> None:
    result = make_result("NoOp", job_model=make_job())
    Job.objects.update(enabled=False)
    result = run_now(result)
    assert (result.status, result.cause) == ("FAILURE", "job_disabled")
    assert result.cause_detail == "The job was disabled while the run waited."
