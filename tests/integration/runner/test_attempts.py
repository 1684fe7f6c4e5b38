"""A run that failed is tried again as its job says: later, and never two at once."""

import os
import signal
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from jobsmith.actions.cancel_result import cancel_result
from jobsmith.conf import conf
from jobsmith.engines import doorbell
from jobsmith.engines.inline import run_now
from jobsmith.models import ConcurrencySlot, JobResult
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.runner import claims, rescue
from jobsmith.runner.waiting import explain
from tests.support.factories import make_admin, make_job, make_spec, make_worker

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]

ON = ["builtins.ConnectionError"]


def rule(*on: str, backoff: float = 0, worker_loss: bool = False) -> dict[str, Any]:
    return {"on": list(on or ON), "backoff": backoff, "worker_loss": worker_loss}


@pytest.fixture
def flaky(make_result: Make) -> Make:
    def make(name: str = "Flaky", **values: Any) -> JobResult:
        given = {"max_retries": 2, "retry_rule": rule()} | values
        return make_result(name, class_path=f"flaky.{name}", **given)

    return make


def lines(result: JobResult) -> list[str]:
    return list(result.job_log_entries.order_by("seq").values_list("message", flat=True))


def numbers(result: JobResult) -> list[int]:
    return [each["attempt"] for each in result.attempts or ()]


def retried(result: JobResult) -> JobResult:
    """The run once its first attempt has failed."""

    def waits() -> bool:
        result.refresh_from_db()
        return bool(result.attempts)

    wait_for(waits)
    return result


def test_a_run_that_fails_as_its_job_foresees_is_tried_again(
    start_worker: Start, flaky: Make, finish: Finish
) -> None:
    start_worker()
    result = finish(flaky())
    assert (result.status, result.result, result.attempt) == ("SUCCESS", 2, 2)
    assert (result.cause, result.waiting_reason, numbers(result)) == ("", "", [1])
    (first,) = result.attempts
    said = lines(result)
    told = "Attempt 1 of 3 failed: Refused: nobody listens; next at once."
    assert said.index("attempt 1 runs") < said.index(told) < said.index("attempt 2 runs")
    assert (first["cause"], first["cause_detail"]) == ("exception", "Refused: nobody listens")
    assert said[: first["log_count"]].count("attempt 1 runs") == 1
    assert "attempt 2 runs" not in said[: first["log_count"]]
    assert any("Traceback" in each for each in said[: first["log_count"]])
    assert list(result.job_log_entries.order_by("seq").values_list("seq", flat=True)) == [
        *range(1, result.log_count + 1)
    ]
    assert result.job_console_entries.filter(text="printed by 2").count() == 1
    assert (result.warning_log_count, result.error_log_count) == (1, 0)


def test_it_fails_for_good_after_its_last_attempt(
    start_worker: Start, flaky: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_GOOD_ATTEMPT", "9")
    start_worker()
    result = finish(flaky())
    assert (result.status, result.cause, result.attempt) == ("FAILURE", "exception", 3)
    assert numbers(result) == [1, 2]
    assert [each for each in lines(result) if each.startswith("on_")] == [
        *("on_retry", "on_retry", "on_failure")
    ]


@pytest.mark.parametrize(
    ("on", "attempts"),
    [("flaky.Refused", 2), ("builtins.OSError", 2), ("builtins.ValueError", 1), ("Refused", 1)],
)
def test_exceptions_are_told_by_name_and_by_what_they_inherit_from(
    flaky: Make, on: str, attempts: int
) -> None:
    result = run_now(flaky(retry_rule=rule(on)))
    result = result if result.is_final else run_now(result)
    assert (result.attempt, result.is_final) == (attempts, True)


def test_between_attempts_it_waits_until_a_time_and_says_so(flaky: Make) -> None:
    result = run_now(flaky(retry_rule=rule(backoff=30)))
    assert (result.status, result.worker, result.date_started) == ("PENDING", None, None)
    assert result.waiting_reason == "It waits for its next attempt, 2 of 3."
    assert result.not_before is not None
    wait = (result.not_before - timezone.now()).total_seconds()
    assert 25 < wait <= 31
    worker = make_worker("q")
    assert claims.claim(worker, queues=["q"], most=9) == []
    explain()
    result.refresh_from_db()
    assert result.waiting_reason == (
        f"It waits for its next attempt, 2 of 3, at {result.not_before:%Y-%m-%d %H:%M:%S} UTC."
    )
    JobResult.objects.update(not_before=Now())
    assert claims.claim(worker, queues=["q"], most=9) == [result]


def test_each_wait_is_twice_as_long_as_the_one_before(
    flaky: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_GOOD_ATTEMPT", "9")
    result = run_now(flaky(retry_rule=rule(backoff=10), max_retries=3))
    run_now(result)
    run_now(result)
    said = [each for each in lines(result) if each.startswith("Attempt")]
    assert [each.partition("; ")[2] for each in said] == [
        *("next in 10 s.", "next in 20 s.", "next in 40 s.")
    ]


def test_a_run_that_waits_for_its_next_attempt_can_be_cancelled(flaky: Make) -> None:
    result = run_now(flaky(retry_rule=rule(backoff=30)))
    cancel_result(result, user=make_admin())
    assert (result.status, result.attempt) == ("REVOKED", 1)
    assert numbers(result) == [1]


def test_a_run_that_was_cancelled_while_it_failed_is_not_tried_again(
    start_worker: Start, flaky: Make, finish: Finish
) -> None:
    start_worker()
    result = flaky("Naps", retry_rule=rule("builtins.BaseException"))
    wait_for(lambda: "attempt 1 naps" in lines(result))
    cancel_result(result, user=make_admin())
    assert finish(result).status == "REVOKED"
    assert result.attempts is None


def test_a_cancel_between_the_end_and_its_record_wins(
    flaky: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobsmith.runner import retrying

    admin, put_back = make_admin(), retrying.put_back

    def cancelled_first(*args: Any) -> int:
        marked = {"canceled_by_user_name": admin.username, "date_canceled": timezone.now()}
        JobResult.objects.update(**marked)
        return put_back(*args)

    monkeypatch.setattr(retrying, "put_back", cancelled_first)
    result = run_now(flaky())
    assert (result.status, result.cause_detail) == ("REVOKED", "Cancelled by admin.")


def test_a_place_under_a_limit_is_free_between_attempts(flaky: Make) -> None:
    held = {"concurrency_limit": 1}
    job = make_job(make_spec("Limited", **held), **held)
    result = flaky(job_model=job, retry_rule=rule(backoff=30))
    other = flaky(job_model=job)
    worker = make_worker("q")
    run_now(result)
    assert result.status == "PENDING"
    assert not ConcurrencySlot.objects.exists()
    assert claims.claim(worker, queues=["q"], most=9) == [other]


def test_a_run_whose_worker_was_killed_is_tried_again_where_its_job_says_so(
    start_worker: Start, flaky: Make, finish: Finish
) -> None:
    worker = start_worker()
    again = flaky("Naps", retry_rule=rule(worker_loss=True))
    once = flaky("Naps")
    wait_for(lambda: "attempt 1 naps" in lines(again) and "attempt 1 naps" in lines(once))
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    start_worker()
    assert finish(again).status == "SUCCESS"
    assert (again.attempt, again.attempts[0]["cause"]) == (2, "worker_lost")
    assert lines(again).index("attempt 1 naps") < lines(again).index("attempt 2 naps")
    assert any(each.startswith("Attempt 1 of 3 failed: The worker") for each in lines(again))
    assert (finish(once).status, once.cause, once.attempts) == ("FAILURE", "worker_lost", None)
    assert not worker.survivors()


def test_a_run_whose_worker_was_stopped_is_tried_again_where_its_job_says_so(
    start_worker: Start, flaky: Make, finish: Finish
) -> None:
    worker = start_worker()
    result = flaky("Naps", retry_rule=rule(worker_loss=True))
    wait_for(lambda: "attempt 1 naps" in lines(result))
    for _ in range(2):
        worker.process.send_signal(signal.SIGTERM)
    worker.process.wait()
    start_worker()
    assert (finish(result).status, result.result) == ("SUCCESS", 2)


def test_what_an_attempt_that_was_followed_says_later_is_not_stored(
    start_worker: Start, make_result: Make, flaky: Make
) -> None:
    """A worker that slept through its lease writes nothing more, and its process ends."""
    worker = start_worker()
    result = flaky("Naps", retry_rule=rule(worker_loss=True, backoff=600))
    wait_for(lambda: "attempt 1 naps" in lines(result))
    os.kill(worker.process.pid, signal.SIGSTOP)
    try:
        elsewhere = uuid.uuid4()
        JobResult.objects.update(
            lease_expires_at=timezone.now() - timedelta(seconds=1), worker_id=elsewhere
        )
        assert rescue.rescue() == 1
        result.refresh_from_db()
        assert (result.status, numbers(result)) == ("PENDING", [1])
        before = lines(result)
    finally:
        os.kill(worker.process.pid, signal.SIGCONT)
    wait_for(lambda: not worker.survivors(), 10)
    result.refresh_from_db()
    assert (result.status, lines(result)) == ("PENDING", before)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite serves one machine")
def test_a_run_that_others_may_begin_again_ends_when_its_worker_sleeps(
    start_worker: Start, flaky: Make
) -> None:
    """Not even a supervisor that is stopped keeps it alive beyond its lease."""
    worker = start_worker()
    result = flaky("Naps", retry_rule=rule(worker_loss=True))
    wait_for(lambda: "attempt 1 naps" in lines(result))
    os.kill(worker.process.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: len(worker.survivors()) <= 1, claims.LEASE.total_seconds())
    finally:
        os.kill(worker.process.pid, signal.SIGCONT)


def test_a_rescue_leaves_a_run_alone_whose_worker_came_back(make_result: Make) -> None:
    owner = uuid.uuid4()
    result = make_result(
        *("NoOp",),
        status="STARTED",
        attempt=1,
        worker_id=owner,
        max_retries=1,
        retry_rule=rule(worker_loss=True),
        lease_expires_at=timezone.now() + timedelta(seconds=60),
    )
    assert rescue.rescue() == 0
    os.close(hold(lock_path(conf().home, owner)))
    assert rescue.rescue() == 1
    result.refresh_from_db()
    assert (result.status, result.log_count, result.warning_log_count) == ("PENDING", 1, 1)


def test_a_worker_does_not_take_anew_what_it_still_has(flaky: Make) -> None:
    result = flaky()
    doorbell.ring()
    worker = make_worker("q")
    assert claims.claim(worker, queues=["q"], most=9, besides=[str(result.pk)]) == []
    assert claims.claim(worker, queues=["q"], most=9) == [result]
