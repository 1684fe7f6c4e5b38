"""Cancelling, stopping workers, and workers that die."""

import os
import signal
from collections.abc import Callable

from django.utils import timezone

from jobsmith.engines import doorbell
from jobsmith.models import JobResult, Worker

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]


def cancel(result: JobResult) -> None:
    JobResult.objects.filter(pk=result.pk).update(
        date_canceled=timezone.now(), canceled_by_user_name="olga"
    )
    doorbell.ring()


def until_it_runs(result: JobResult) -> None:
    wait_for(lambda: result.job_log_entries.filter(grouping="run").exists())


def test_a_cancelled_run_is_ended(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method)
    result = make_result("Sleeps")
    until_it_runs(result)
    cancel(result)
    finish(result, 5)
    assert (result.status, result.cause) == ("REVOKED", "cancelled_by")
    assert result.cause_detail == "Cancelled by olga."
    said = result.job_log_entries.get(grouping="canceling")
    assert (said.log_level, said.message) == ("failure", f"Job {result.pk} terminated by olga")
    assert not worker.survivors()


def test_a_job_that_asks_may_tidy_up(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    start_worker(method, CANCEL_GRACE=10)
    result = make_result("Asks")
    until_it_runs(result)
    cancel(result)
    finish(result, 5)
    assert result.status == "REVOKED"
    assert result.job_log_entries.filter(message="tidied up").exists()


def test_a_run_stuck_in_c_is_killed_after_the_grace_time(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    worker = start_worker()
    result = make_result("StuckInC")
    wait_for(lambda: JobResult.objects.get(pk=result.pk).log_count > 0)
    cancel(result)
    assert finish(result, 5).status == "REVOKED"
    assert not worker.survivors()


def test_a_run_that_ignores_everything_is_killed_after_the_grace_time(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    start_worker()
    result = make_result("IgnoresAll")
    wait_for(lambda: JobResult.objects.get(pk=result.pk).log_count > 0)
    cancel(result)
    assert finish(result, 5).status == "REVOKED"


def test_runs_of_a_killed_worker_end_as_lost_and_leave_nothing(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    first = start_worker(method)
    result = make_result("Sleeps")
    until_it_runs(result)
    first.process.kill()
    first.process.wait()
    wait_for(lambda: not first.marked(), 5)
    start_worker(method)
    finish(result, 20)
    assert (result.status, result.cause) == ("FAILURE", "worker_lost")
    assert result.job_log_entries.filter(message="sleeping").exists()


def test_a_killed_fork_server_loses_its_runs_and_is_replaced(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    worker = start_worker()
    result = make_result("Sleeps")
    until_it_runs(result)
    servers = [pid for pid in worker.marked() if worker._is_ours(pid) and pid != worker.process.pid]
    for pid in servers:
        os.kill(pid, signal.SIGKILL)
    finish(result, 10)
    assert (result.status, result.cause) == ("FAILURE", "worker_lost")
    assert finish(make_result("NoOp")).status == "SUCCESS"


def test_a_stopped_worker_ends_its_runs_and_leaves_what_waits(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method, slots=1)
    result = make_result("Sleeps")
    until_it_runs(result)
    waiting = make_result("NoOp")
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(10) == 0
    result.refresh_from_db()
    waiting.refresh_from_db()
    assert (result.status, result.cause) == ("FAILURE", "worker_stopped")
    assert waiting.status == "PENDING"
    assert not worker.marked()
    row = Worker.objects.get(pk=result.worker_id)
    assert (row.state, row.last_words[-29:]) == ("stopped", "1 run that went on was ended.")


def test_a_job_that_stops_in_good_order_because_the_worker_stops_has_not_succeeded(
    start_worker: Start, make_result: Make, finish: Finish, method: str
) -> None:
    worker = start_worker(method, slots=1)
    result = make_result("Asks")
    until_it_runs(result)
    wait_for(lambda: result.job_log_entries.filter(message="working").exists(), 10)
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(10) == 0
    result.refresh_from_db()
    assert (result.status, result.cause) == ("FAILURE", "worker_stopped")
    assert result.job_log_entries.filter(message="tidied up").exists()


def test_a_draining_worker_finishes_its_runs(
    start_worker: Start, make_result: Make, finish: Finish
) -> None:
    worker = start_worker(slots=1)
    result = make_result("Chatty")
    until_it_runs(result)
    waiting = make_result("NoOp")
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(20) == 0
    result.refresh_from_db()
    waiting.refresh_from_db()
    assert (result.status, waiting.status) == ("SUCCESS", "PENDING")


def test_a_run_that_was_taken_away_writes_nothing_more(
    start_worker: Start, make_result: Make
) -> None:
    worker = start_worker()
    result = make_result("Chatty")
    until_it_runs(result)
    JobResult.objects.filter(pk=result.pk).update(attempt=9)
    wait_for(lambda: not worker.survivors(), 5)
    count = result.job_log_entries.count()
    result.refresh_from_db()
    assert (result.status, result.attempt) == ("STARTED", 9)
    assert count < 40
