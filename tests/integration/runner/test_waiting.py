"""Every run that waits says why, in one sentence that is brought up to date."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobsmith.models import JobQueue, JobResult, Worker
from jobsmith.runner import claims, reasons
from jobsmith.runner.waiting import explain
from jobsmith.sources.installing import INSTALLING
from tests.support.factories import make_job, make_result, make_spec, make_worker

pytestmark = pytest.mark.django_db


def said(run: JobResult) -> str:
    """What the run says once somebody has looked."""
    explain()
    run.refresh_from_db()
    return run.waiting_reason


def goes_on(worker: Worker, run: JobResult, **fields: Any) -> JobResult:
    return make_result(run.job_model, status="STARTED", worker_id=worker.pk, **fields)


def pause() -> None:
    JobQueue.objects.update(state="paused", state_by="olga", state_since=timezone.now())


def take(worker: Worker) -> list[JobResult]:
    return claims.claim(worker, queues=["default"], most=1)


def test_a_run_that_a_worker_can_take_says_so() -> None:
    make_worker()
    assert said(make_result()) == reasons.SOON


def test_a_paused_queue_is_told_with_who_did_it_and_since_when() -> None:
    make_worker()
    run = make_result()
    pause()
    sentence = said(run)
    assert sentence.startswith("Its queue was paused by olga: nothing is taken from it since 20")
    JobQueue.objects.update(state="active")
    assert said(run) == reasons.SOON


def test_a_queue_without_workers_and_one_whose_workers_all_drain_are_told_apart() -> None:
    run = make_result()
    assert said(run) == reasons.NO_WORKER
    worker = make_worker(draining=True)
    assert said(run) == reasons.DRAINING
    Worker.objects.filter(pk=worker.pk).update(draining=False)
    assert said(run) == reasons.SOON


def test_busy_slots_are_counted_over_the_workers_of_the_queue() -> None:
    first, second, other = make_worker(), make_worker(), make_worker("elsewhere")
    run = make_result()
    for worker in (first, first, second, other):
        goes_on(worker, run)
    assert said(run) == reasons.SOON
    goes_on(second, run)
    assert said(run) == "All slots are busy (4 of 4): it waits for a free one."


def test_behind_runs_of_higher_priority_their_number_is_told_roughly_when_it_is_large() -> None:
    worker = make_worker()
    run = make_result()
    for _ in range(2):
        goes_on(worker, run)
    urgent = make_result(run.job_model, priority=5)
    one = "All slots are busy (2 of 2), and 1 run with higher priority comes first."
    assert said(run) == one
    assert said(urgent) == reasons.busy(2, 0)
    for _ in range(14):
        make_result(run.job_model, priority=7)
    assert "and more than 10 runs with higher priority come first" in said(run)


def test_a_run_whose_time_has_not_come_says_when_it_does() -> None:
    make_worker()
    when = timezone.now() + timedelta(hours=2)
    run = make_result(not_before=when)
    assert said(run) == f"It starts at {when:%Y-%m-%d %H:%M} UTC at the earliest."
    JobResult.objects.update(not_before=timezone.now())
    assert said(run) == reasons.SOON


def test_a_run_behind_a_singleton_names_the_run_that_goes_on() -> None:
    worker = make_worker()
    run = make_result(make_job(make_spec(is_singleton=True), is_singleton=True))
    holder = goes_on(worker, run)
    assert said(run) == reasons.singleton(holder.pk)


def test_every_sentence_fits_and_is_known_as_one_to_take_back() -> None:
    now = timezone.now()
    sentences = (
        *(reasons.SOON, reasons.NO_WORKER, reasons.DRAINING, reasons.NO_CODE),
        *(reasons.paused("x" * 150, now), reasons.paused("", None), reasons.not_before(now)),
        *(reasons.drained("x" * 150, now), reasons.drained("", None), INSTALLING),
        *(reasons.busy(1, 0), reasons.busy(4000, 2), reasons.busy(20_000, 9999)),
        reasons.singleton(make_result().pk),
    )
    for each in sentences:
        assert each.startswith(reasons.HEADS)
        assert len(each) <= 200


def test_packages_that_are_being_installed_are_told_until_something_else_is_in_the_way() -> None:
    worker = make_worker()
    run = make_result(waiting_reason=INSTALLING)
    assert said(run) == INSTALLING
    worker.delete()
    assert said(run) == reasons.NO_WORKER


def test_what_it_costs_does_not_grow_with_the_runs_that_wait() -> None:
    make_worker()
    job = make_job()
    for _ in range(3):
        make_result(job)
    with CaptureQueriesContext(connection) as few:
        assert explain() == 3
    JobResult.objects.update(waiting_reason="")
    for _ in range(40):
        make_result(job)
    with CaptureQueriesContext(connection) as many:
        assert explain() == 43
    assert len(many) == len(few)


def test_nothing_is_taken_from_a_paused_queue_and_what_waits_in_a_draining_one_is() -> None:
    worker, run = make_worker(), make_result()
    pause()
    assert take(worker) == []
    JobQueue.objects.update(state="draining")
    assert take(worker) == [run]


def test_a_queue_that_is_paused_between_look_and_claim_keeps_its_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, look = make_worker(), claims._seen
    make_result()

    def look_and_then_pause(*args: Any, **more: Any) -> Any:
        found = look(*args, **more)
        pause()
        return found

    monkeypatch.setattr(claims, "_seen", look_and_then_pause)
    assert take(worker) == []


def test_a_worker_that_drains_takes_nothing() -> None:
    worker, run = make_worker(draining=True), make_result()
    assert take(worker) == []
    Worker.objects.update(draining=False)
    assert take(worker) == [run]
