"""A job has as many runs as may be: the next one queues, is skipped, replaces or is refused."""

from threading import Barrier, Thread
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from rest_framework.test import APIClient

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.override_job import edit_job
from jobsmith.actions.rerun_result import rerun_result
from jobsmith.cli.main import main
from jobsmith.errors import Busy, InputsRefused, LimitReached
from jobsmith.inputs.codec import CleanInputs
from jobsmith.jobs import Job as JobClass
from jobsmith.jobs import Limit, SecretVar, StringVar, describe
from jobsmith.models import ConcurrencySlot, Job, JobResult, ObjectChange
from jobsmith.runner.claims import claim
from jobsmith.specs import VariableSpec
from tests.support.factories import make_admin, make_job, make_spec, make_worker

SITE = VariableSpec(name="site", type="StringVar", required=False)


@pytest.fixture
def admin(db: None) -> Any:
    make_worker()
    return make_admin()


def limited(when_full: str, limit: int = 1, key: str = "") -> Job:
    held = {
        "concurrency_limit": limit,
        "concurrency_key": key,
        "concurrency_when_full": when_full,
    }
    return make_job(make_spec("Limited", SITE, **held), **held)


def start(job: Job, user: Any, site: str = "") -> JobResult:
    inputs = CleanInputs(values={"site": site}, files={})
    return enqueue_job(job, user=user, inputs=inputs)


def end(result: JobResult) -> None:
    JobResult.objects.filter(pk=result.pk).update(status="SUCCESS")


def test_a_refused_run_leaves_nothing_behind_and_comes_in_once_there_is_room(admin: Any) -> None:
    job = limited("fail", 2)
    first, _second = start(job, admin), start(job, admin)
    with pytest.raises(LimitReached, match="2 runs of this job wait or go on, and no more may"):
        start(job, admin)
    assert JobResult.objects.count() == ConcurrencySlot.objects.count() == 2
    end(first)
    start(job, admin)


def test_each_value_of_the_key_has_room_of_its_own(admin: Any) -> None:
    job = limited("fail", key="site")
    start(job, admin, "north")
    start(job, admin, "south")
    with pytest.raises(LimitReached, match="1 run of this job with the same site waits or goes on"):
        start(job, admin, "north")
    keys = set(JobResult.objects.values_list("concurrency_key", flat=True))
    assert len(keys) == 2
    assert not any("north" in each or "south" in each for each in keys)


def test_a_skipped_run_is_recorded_and_says_why(admin: Any) -> None:
    job = limited("skip")
    start(job, admin)
    skipped = start(job, admin)
    skipped.refresh_from_db()
    assert (skipped.status, skipped.cause, skipped.waiting_reason) == ("REVOKED", "skipped", "")
    assert skipped.cause_detail == "1 run of this job waits or goes on, and no more may."
    assert skipped.date_done is not None
    assert claim(make_worker(), queues=["default"], most=5) != [skipped]


def test_a_new_run_replaces_the_oldest_whether_it_waits_or_goes_on(admin: Any) -> None:
    job, worker = limited("replace", 2), make_worker()
    first, second = start(job, admin), start(job, admin)
    assert len(claim(worker, queues=["default"], most=1)) == 1
    third, fourth = start(job, admin), start(job, admin)
    for each in (first, second, third, fourth):
        each.refresh_from_db()
    assert (first.status, first.cancel_type, first.canceled_by_user_name) == (
        *("STARTED", "user"),
        "admin",
    )
    assert (second.status, second.cause) == ("REVOKED", "replaced")
    assert second.cause_detail == f"Replaced by run {fourth.pk} of admin."
    assert [third.status, fourth.status] == ["PENDING", "PENDING"]
    told = ObjectChange.objects.filter(object_label="jobsmith.jobresult", action="update")
    assert {each.changed_object_id for each in told} == {str(first.pk), str(second.pk)}
    assert claim(worker, queues=["default"], most=5) == [third]
    end(first)
    assert claim(worker, queues=["default"], most=5) == [fourth]


def test_a_queued_run_is_accepted_and_holds_no_place_while_it_waits(admin: Any) -> None:
    job = limited("queue")
    for _ in range(3):
        start(job, admin)
    assert ConcurrencySlot.objects.count() == 0
    assert len(claim(make_worker(), queues=["default"], most=5)) == 1


def test_a_run_again_is_held_to_the_limit_too(admin: Any) -> None:
    job = limited("fail")
    first = start(job, admin)
    with pytest.raises(LimitReached):
        rerun_result(first, user=admin)


@pytest.mark.django_db(transaction=True)
def test_of_requests_at_the_same_moment_one_comes_in() -> None:
    make_worker()
    admin, job, asked = make_admin(), limited("fail"), 6
    together, came = Barrier(asked), []

    def ask() -> None:
        connection.ensure_connection()
        together.wait()
        try:
            came.append(start(job, admin).pk)
        except (LimitReached, Busy):
            pass
        finally:
            connection.close()

    threads = [Thread(target=ask) for _ in range(asked)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert JobResult.objects.count() == len(came) == 1


def test_rest_and_commands_say_that_there_is_no_room(admin: Any) -> None:
    job = limited("fail")
    start(job, admin)
    api = APIClient()
    api.force_authenticate(admin)
    answer = api.post(f"/api/extras/jobs/{job.pk}/run/", {"data": {}}, format="json")
    assert (answer.status_code, "no more may" in answer.content.decode()) == (409, True)
    typed = CliRunner().invoke(main, ["run", str(job.pk), "--no-wait", "--user", "admin"])
    assert (typed.exit_code, "no more may" in typed.output) == (3, True)
    assert JobResult.objects.count() == 1


def test_an_administrator_overrides_the_limit_and_its_key_must_be_an_input(admin: Any) -> None:
    job = limited("queue")
    values = {"concurrency_limit": 5, "concurrency_key": "site"}
    edit_job(job, user=admin, values=values, overrides=dict.fromkeys(values, True))
    job.refresh_from_db()
    assert (job.concurrency_limit, job.concurrency_key) == (5, "site")
    with pytest.raises(InputsRefused) as refused:
        edit_job(job, user=admin, values={"concurrency_key": "nothing"}, overrides={})
    assert list(refused.value.errors) == ["concurrency_key"]
    edit_job(job, user=admin, values={}, overrides=dict.fromkeys(values, False))
    job.refresh_from_db()
    assert (job.concurrency_limit, job.concurrency_key) == (1, "")


class Sited(JobClass):
    class Meta:
        concurrency = Limit(3, key="site", when_full="skip")

    site = StringVar()
    password = SecretVar()


def test_a_class_declares_its_limit() -> None:
    spec = describe(Sited)
    assert (spec.concurrency_limit, spec.concurrency_key, spec.concurrency_when_full) == (
        *(3, "site"),
        "skip",
    )


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (3, "should be a Limit, not int"),
        (Limit(0), "a number from 1 to 1000"),
        (Limit(True), "a number from 1 to 1000"),
        (Limit(1, when_full="wait"), "one of queue, skip, replace, fail"),
        (Limit(1, key="town"), "town is no variable of the job"),
        (Limit(1, key="password"), "password is a secret or a file"),
    ],
)
def test_a_limit_that_makes_no_sense_is_named(limit: Any, said: str) -> None:
    body = {"Meta": type("Meta", (), {"concurrency": limit})}
    with pytest.raises((TypeError, ValueError), match=said):
        describe(type("Odd", (Sited,), body))
