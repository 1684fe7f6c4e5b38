"""Cancelling, re-running and deleting runs."""

import pytest

from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.delete_result import delete_result
from jobsmith.actions.rerun_result import rerun_initial, rerun_result
from jobsmith.errors import AlreadyFinal, InputsRefused, NotAllowed, StillRunning
from jobsmith.inputs.vault import seal
from jobsmith.models import JobResult
from jobsmith.specs import VariableSpec, to_json
from tests.support.factories import (
    make_admin,
    make_job,
    make_result,
    make_spec,
    make_user,
    make_worker,
)

pytestmark = pytest.mark.django_db


def test_a_waiting_run_is_cancelled_at_once() -> None:
    admin, result = make_admin(), make_result()
    cancelled = cancel_result(result, user=admin)
    assert (cancelled.status, cancelled.cause) == ("REVOKED", "cancelled_by")
    assert cancelled.canceled_by_user_name == "admin"
    assert cancelled.date_done is not None


def test_a_running_run_is_marked_for_its_supervisor() -> None:
    result = make_result(status="STARTED", attempt=1)
    cancelled = cancel_result(result, user=make_admin())
    assert cancelled.status == "STARTED"
    assert cancelled.date_canceled is not None


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", "REVOKED"])
def test_a_final_run_cannot_be_cancelled(status: str) -> None:
    with pytest.raises(AlreadyFinal):
        cancel_result(make_result(status=status), user=make_admin())


def test_operators_cancel_their_own_runs_only() -> None:
    operator = make_user("olga", "view_jobresult")
    with pytest.raises(NotAllowed):
        cancel_result(make_result(), user=operator)
    own = make_result(make_job(make_spec("Own")), user=operator)
    assert cancel_result(own, user=operator).status == "REVOKED"


def test_a_rerun_has_the_same_inputs_secrets_included() -> None:
    make_worker()
    spec = make_spec(
        "Ping",
        VariableSpec(name="host", type="StringVar"),
        VariableSpec(name="password", type="SecretVar"),
    )
    first = make_result(
        make_job(spec), task_kwargs={"host": "a"}, sealed_kwargs=seal({"password": "hunter22"})
    )
    again = rerun_result(first, user=make_admin())
    assert again.pk != first.pk
    assert (again.task_kwargs, again.rerun_of) == ({"host": "a"}, first)
    assert again.sealed_kwargs


def test_a_rerun_is_refused_when_the_job_takes_those_inputs_no_more() -> None:
    make_worker()
    job = make_job(make_spec("Ping", VariableSpec(name="host", type="StringVar", max_length=3)))
    first = make_result(job, task_kwargs={"host": "abcdef"})
    with pytest.raises(InputsRefused) as refusal:
        rerun_result(first, user=make_admin())
    assert list(refusal.value.errors) == ["host"]


def test_run_with_changes_starts_from_the_open_inputs() -> None:
    result = make_result(task_kwargs={"host": "a", "log": {"file": "1", "name": "x"}})
    assert rerun_initial(result, user=make_admin()) == {"host": "a"}


def test_a_run_that_has_not_ended_is_not_deleted() -> None:
    with pytest.raises(StillRunning):
        delete_result(make_result(), user=make_admin())


def test_an_ended_run_is_deleted() -> None:
    delete_result(make_result(status="SUCCESS"), user=make_admin())
    assert not JobResult.objects.exists()


def test_specs_survive_their_json_form() -> None:
    job = make_job(make_spec("Ping", VariableSpec(name="host", type="StringVar")))
    job.refresh_from_db()
    assert job.declared["variables"][0]["name"] == "host"
    assert to_json(make_spec("Ping"))["name"] == "Ping"
