"""Under its limit a job has no more runs than may be; what then comes waits and says for whom."""

from typing import Any

import pytest

from jobsmith.models import ConcurrencySlot, Job, JobResult, Worker
from jobsmith.runner import reasons, slots
from jobsmith.runner.claims import claim
from jobsmith.runner.waiting import explain
from tests.support.factories import make_job, make_result, make_spec, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Worker:
    return make_worker(slots=20)


def limited(limit: int = 2, **fields: Any) -> Job:
    held = {"concurrency_limit": limit, **fields}
    return make_job(make_spec("Limited", **held), **held)


def runs(job: Job, count: int, key: str = "") -> list[JobResult]:
    return [make_result(job, concurrency_key=key) for _ in range(count)]


def take(worker: Worker, most: int = 20) -> list[JobResult]:
    return claim(worker, queues=["default"], most=most)


def end(*results: JobResult) -> None:
    JobResult.objects.filter(pk__in=[each.pk for each in results]).update(status="SUCCESS")


def test_as_many_as_may_are_taken_and_the_next_when_one_has_ended(worker: Worker) -> None:
    first, second, third, fourth = runs(limited(2), 4)
    assert take(worker) == [first, second]
    assert take(worker) == []
    end(first)
    assert take(worker) == [third]
    end(second, third)
    assert take(worker) == [fourth]
    assert ConcurrencySlot.objects.count() == 1


def test_each_key_has_a_limit_of_its_own(worker: Worker) -> None:
    job = limited(1, concurrency_key="site")
    north, more = runs(job, 2, "n"), runs(job, 2, "s")
    assert take(worker) == [north[0], more[0]]


def test_runs_that_wait_for_a_place_do_not_stand_before_others(worker: Worker) -> None:
    ones = runs(limited(1), 5)
    other = make_result(make_job(make_spec("Other")))
    assert take(worker, 3) == [ones[0]]
    assert take(worker, 3) == [other]
    assert take(worker, 3) == []


def test_a_run_that_is_not_started_after_all_gives_its_place_back(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobsmith.runner import claims

    (run,) = runs(limited(1), 1)
    look = claims._wanted

    def somebody_is_quicker(seen: Any) -> Any:
        JobResult.objects.filter(pk=run.pk).update(attempt=5)
        return look(seen)

    monkeypatch.setattr(claims, "_wanted", somebody_is_quicker)
    assert take(worker) == []
    assert ConcurrencySlot.objects.count() == 0


def test_a_place_that_somebody_else_has_taken_meanwhile_keeps_the_run_out() -> None:
    job = limited(1)
    first, second = runs(job, 2)
    guessed = slots._numbers
    ConcurrencySlot.objects.create(job=job, number=1, job_result=first)
    try:
        slots._numbers = lambda groups: {group: {} for group in groups}  # they looked before
        came = slots.take([slots.Wanted(second.pk, job.pk, "", 1)])
    finally:
        slots._numbers = guessed
    assert came == (set(), set())
    assert [each.job_result_id for each in ConcurrencySlot.objects.all()] == [first.pk]


def test_a_lower_limit_holds_for_what_is_taken_next_and_none_lets_all_go(worker: Worker) -> None:
    job = limited(3)
    first, second, third, fourth, fifth = runs(job, 5)
    assert take(worker) == [first, second, third]
    Job.objects.update(concurrency_limit=1)
    end(first, second)
    assert take(worker) == []
    end(third)
    assert take(worker) == [fourth]
    Job.objects.update(concurrency_limit=0)
    assert take(worker) == [fifth]


def test_a_run_without_a_place_names_one_that_has(worker: Worker) -> None:
    job = limited(2, concurrency_key="site")
    here, there = runs(job, 3, "n"), runs(job, 1, "s")
    take(worker)
    assert explain() == 1
    here[2].refresh_from_db()
    said = here[2].waiting_reason
    assert said == reasons.limited(2, "site", [here[0].pk, here[1].pk])
    assert said == (
        "The limit of this job is 2 runs with the same site at a time: "
        f"it waits for run {here[0].pk} or 1 more."
    )
    assert said.startswith(reasons.HEADS)
    assert len(reasons.limited(999, "x" * 100, [here[0].pk] * 999)) <= 200
    end(here[0], *there)
    explain()
    here[2].refresh_from_db()
    assert here[2].waiting_reason == reasons.SOON


@pytest.mark.parametrize("alone", [False, True])
def test_runs_that_have_places_by_a_higher_limit_go_one_after_the_other(
    worker: Worker, alone: bool
) -> None:
    def taken() -> list[JobResult]:
        wanted = [str(each.pk) for each in (third, second, first)] if alone else [None]
        told = [claim(worker, queues=["default"], most=9, only=each) for each in wanted]
        return [each for some in told for each in some]

    job = limited(3, concurrency_when_full="fail")
    first, second, third = runs(job, 3)
    for each in (first, second, third):  # as when they are accepted
        assert slots.take([slots.Wanted(each.pk, job.pk, "", 3)]).fresh
    Job.objects.update(concurrency_limit=1)
    for each in (first, second, third):
        assert taken() == [each]
        assert taken() == []
        end(each)


def test_a_run_with_a_place_waits_for_those_before_it_and_never_for_itself(worker: Worker) -> None:
    job = limited(2, concurrency_when_full="skip")
    first, second = runs(job, 2)
    for each in (first, second):
        slots.take([slots.Wanted(each.pk, job.pk, "", 2)])
    Job.objects.update(concurrency_limit=1)
    explain()
    told = dict(JobResult.objects.values_list("pk", "waiting_reason"))
    assert told == {first.pk: reasons.SOON, second.pk: reasons.limited(1, "", [first.pk])}
    end(first)
    explain()
    second.refresh_from_db()
    assert second.waiting_reason == reasons.SOON


def test_a_dry_run_before_an_approval_waits_for_no_place_and_says_so(worker: Worker) -> None:
    job = limited(1)
    runs(job, 1)
    take(worker)
    dry, other = make_result(job, dry_run_digest="x"), make_result(job)
    explain()
    told = dict(JobResult.objects.filter(status="PENDING").values_list("pk", "waiting_reason"))
    assert told[dry.pk] == reasons.SOON
    assert told[other.pk].startswith("The limit of this job")


def test_places_of_runs_that_have_ended_are_cleared_away(worker: Worker) -> None:
    first, second = runs(limited(2), 2)
    take(worker)
    end(first)
    assert slots.release_ended() == 1
    assert slots.release_ended() == 0
    assert ConcurrencySlot.objects.get().job_result_id == second.pk
