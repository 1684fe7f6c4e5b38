"""Of a singleton job one run goes on at a time; the others wait and say so."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from rest_framework.test import APIClient

from jobsmith.models import Job, JobQueue, JobResult, Worker
from jobsmith.runner.claims import claim
from jobsmith.runner.reasons import NO_WORKER, SOON, not_before
from jobsmith.runner.reasons import singleton as waits_for
from jobsmith.runner.waiting import explain
from tests.support import factories

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]


@pytest.fixture
def singleton(queue: JobQueue) -> Job:
    return factories.make_job(factories.make_spec("Only One", is_singleton=True))


def row(job: Job | None, queue: JobQueue, **values: Any) -> JobResult:
    return JobResult.objects.create(
        **{"name": "n", "class_path": "bad.Naps", "job_model": job, "job_queue": queue} | values
    )


def statuses(*results: JobResult) -> list[str]:
    return [JobResult.objects.get(pk=each.pk).status for each in results]


def do_not_overlap(results: list[JobResult]) -> bool:
    spans = sorted((each.date_started, each.date_done) for each in results)
    return all(done <= began for (_, done), (began, _) in pairwise(spans))


def test_a_second_run_waits_with_a_reason_and_then_runs(
    singleton: Job,
    start_worker: Start,
    make_result: Make,
    finish: Finish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_NAP", "3")
    start_worker(slots=4)
    first, second = (make_result("Naps", job_model=singleton) for _ in range(2))
    third = finish(make_result("NoOp"))
    wait_for(lambda: JobResult.objects.get(pk=second.pk).waiting_reason == waits_for(first.pk), 2.5)
    assert third.status == "SUCCESS"
    assert statuses(first, second) == ["STARTED", "PENDING"]
    ended = [finish(first), finish(second)]
    assert [(each.status, each.waiting_reason) for each in ended] == [("SUCCESS", "")] * 2
    assert do_not_overlap(ended)


def test_many_workers_never_run_two_at_once(
    singleton: Job, start_worker: Start, make_result: Make, finish: Finish
) -> None:
    for _ in range(3):
        start_worker(slots=4)
    results = [make_result("Naps", job_model=singleton) for _ in range(8)]
    others = [make_result("Naps") for _ in range(8)]
    ended = [finish(each, 60) for each in results]
    assert {each.status for each in ended + [finish(each) for each in others]} == {"SUCCESS"}
    assert do_not_overlap(ended)


def test_a_dead_worker_does_not_hold_the_job_for_ever(
    singleton: Job, start_worker: Start, make_result: Make, finish: Finish
) -> None:
    dying = start_worker()
    first = make_result("Sleeps", job_model=singleton)
    wait_for(lambda: first.job_log_entries.exists())
    second = make_result("NoOp", job_model=singleton)
    dying.stop()
    start_worker()
    assert finish(second, 20).status == "SUCCESS"
    assert finish(first).cause == "worker_lost"


def test_claims_at_the_same_moment_take_one(singleton: Job) -> None:
    """Each worker has a queue and a run of its own, so that no row lock helps by chance."""
    workers = [factories.make_worker(f"q{n}") for n in range(6)]
    queues = [JobQueue.objects.create(name=f"q{n}") for n in range(6)]
    for _ in range(20):
        JobResult.objects.all().delete()
        rows = [row(singleton, each) for each in queues]
        together = Barrier(len(workers))
        threads = [Thread(target=claim_when_all_do, args=(each, together)) for each in workers]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert statuses(*rows).count("STARTED") == 1


def claim_when_all_do(worker: Worker, together: Barrier) -> None:
    connection.ensure_connection()
    together.wait()
    try:
        claim(worker, queues=worker.queues, most=4)
    except OperationalError:
        pass  # a supervisor would look again
    finally:
        connection.close()


def test_waiting_runs_of_a_singleton_do_not_stand_before_others(
    queue: JobQueue, singleton: Job
) -> None:
    worker = factories.make_worker("q")
    ones = [row(singleton, queue) for _ in range(5)]
    other = row(None, queue)
    assert claim(worker, queues=["q"], most=3) == [ones[0]]
    assert claim(worker, queues=["q"], most=3) == [other]
    assert claim(worker, queues=["q"], most=3) == []


def test_a_job_that_is_no_singleton_any_more_is_not_held(queue: JobQueue, singleton: Job) -> None:
    worker = factories.make_worker("q")
    row(singleton, queue, status="STARTED")
    second = row(singleton, queue)
    assert explain() == 1
    assert claim(worker, queues=["q"], most=3) == []
    Job.objects.filter(pk=singleton.pk).update(is_singleton=False)
    assert explain() == 1
    second.refresh_from_db()
    assert second.waiting_reason == SOON
    assert claim(worker, queues=["q"], most=3) == [second]


def test_a_run_on_a_queue_without_worker_says_so(queue: JobQueue) -> None:
    run = row(None, queue)
    later = row(None, queue, not_before=timezone.now() + timedelta(hours=1))
    told = row(None, queue, waiting_reason="Waits for its second attempt.")
    assert explain() == 2
    for each in (run, later, told):
        each.refresh_from_db()
    assert later.not_before is not None
    said = [run.waiting_reason, later.waiting_reason]
    assert said == [NO_WORKER, not_before(later.not_before)]
    assert told.waiting_reason == "Waits for its second attempt."
    factories.make_worker("q")
    assert explain() == 1
    run.refresh_from_db()
    assert run.waiting_reason == SOON


def test_saying_why_does_not_touch_a_run_that_was_taken(queue: JobQueue, singleton: Job) -> None:
    factories.make_worker("q")
    row(singleton, queue, status="STARTED")
    for _ in range(50):
        row(singleton, queue)
    assert explain() == 50
    assert explain() == 0
    assert JobResult.objects.get(status="STARTED").waiting_reason == ""


def test_page_and_rest_show_the_reason(queue: JobQueue, singleton: Job, client: Any) -> None:
    factories.make_worker("q")
    holder = row(singleton, queue, status="STARTED")
    waits = row(singleton, queue)
    explain()
    said = waits_for(holder.pk)
    admin = factories.make_admin()
    client.force_login(admin)
    for path in (f"/runs/{waits.pk}/", "/runs/"):
        page = client.get(path).content.decode()
        assert said.partition(" run ")[0] in page
        assert f'href="/runs/{holder.pk}/"' in page
    api = APIClient()
    api.force_authenticate(admin)
    answer = api.get(f"/api/extras/job-results/{waits.pk}/").json()
    assert (answer["status"]["value"], answer["waiting_reason"]) == ("PENDING", said)
