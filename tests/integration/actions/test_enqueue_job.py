"""Accepting a run: everything that may refuse it, and what is recorded."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from jobsmith.actions.enqueue_job import RunOptions, enqueue_job
from jobsmith.actions.run_form import json_run_form
from jobsmith.errors import (
    InputsRefused,
    JobDisabled,
    JobNotInstalled,
    NotAllowed,
    NoWorker,
    QueueRefused,
)
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import Job, JobFile, JobQueue, JobResult
from jobsmith.specs import VariableSpec
from tests.support.factories import make_job, make_spec, make_user, make_worker

pytestmark = pytest.mark.django_db

NOTHING = CleanInputs(values={}, files={})


@pytest.fixture
def operator() -> Any:
    make_worker()
    return make_user("olga", "view_job", "run_job", "view_jobresult")


def clean(job: Job, user: Any, **data: Any) -> CleanInputs:
    form = json_run_form(job, user=user, data=data)
    assert form.is_valid(), form.errors
    return form.clean_inputs


def test_an_accepted_run_is_pending_with_its_inputs(operator: Any) -> None:
    job = make_job(make_spec("Ping", VariableSpec(name="host", type="StringVar")))
    result = enqueue_job(job, user=operator, inputs=clean(job, operator, host="a"))
    stored = JobResult.objects.get(pk=result.pk)
    assert (stored.status, stored.task_kwargs) == ("PENDING", {"host": "a"})
    assert (stored.user, stored.class_path) == (operator, "pings.Ping")
    assert (stored.soft_time_limit, stored.time_limit) == (300, 600)


def test_a_secret_never_lies_in_the_open(operator: Any) -> None:
    job = make_job(make_spec("Login", VariableSpec(name="password", type="SecretVar")))
    result = enqueue_job(job, user=operator, inputs=clean(job, operator, password="hunter22"))
    assert result.task_kwargs == {}
    assert "hunter22" not in result.sealed_kwargs
    assert open_sealed(result.sealed_kwargs) == {"password": "hunter22"}


def test_a_sensitive_job_seals_every_input(operator: Any) -> None:
    spec = make_spec("Ping", VariableSpec(name="host", type="StringVar"))
    job = make_job(spec, has_sensitive_variables=True, overridden=["has_sensitive_variables"])
    result = enqueue_job(job, user=operator, inputs=clean(job, operator, host="a"))
    assert result.task_kwargs == {}
    assert open_sealed(result.sealed_kwargs) == {"host": "a"}


@pytest.mark.parametrize("sealed", [True, False])
def test_an_override_decides_whether_inputs_are_sealed(operator: Any, sealed: bool) -> None:
    spec = make_spec(
        "Ping",
        VariableSpec(name="host", type="StringVar"),
        VariableSpec(name="log", type="FileVar"),
        has_sensitive_variables=not sealed,
    )
    job = make_job(spec, has_sensitive_variables=sealed, overridden=["has_sensitive_variables"])
    files = {"log": SimpleUploadedFile("a.log", b"x")}
    form = json_run_form(job, user=operator, data={"host": "a"}, files=files)
    assert form.is_valid(), form.errors
    assert form.spec.has_sensitive_variables is sealed
    result = enqueue_job(job, user=operator, inputs=form.clean_inputs)
    file = {"file": str(JobFile.objects.get().pk), "name": "a.log"}
    everything = {"host": "a", "log": file}
    assert result.task_kwargs == ({} if sealed else everything)
    assert open_sealed(result.sealed_kwargs) == (everything if sealed else {})


def test_without_the_right_to_run_nothing_is_recorded() -> None:
    make_worker()
    user = make_user("vera", "view_job")
    with pytest.raises(NotAllowed):
        enqueue_job(make_job(), user=user, inputs=NOTHING)
    assert not JobResult.objects.exists()


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [({"enabled": False}, JobDisabled), ({"installed": False}, JobNotInstalled)],
)
def test_a_job_that_is_not_runnable_is_refused(
    operator: Any, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        enqueue_job(make_job(**fields), user=operator, inputs=NOTHING)


def test_a_queue_of_another_job_is_refused(operator: Any) -> None:
    JobQueue.objects.create(name="gpu")
    with pytest.raises(QueueRefused, match='"gpu" is not a valid choice'):
        enqueue_job(make_job(), user=operator, inputs=NOTHING, options=RunOptions(queue="gpu"))


@pytest.mark.parametrize(
    "silence", [{"beat_at": timezone.now() - timedelta(seconds=31)}, {"draining": True}]
)
def test_without_a_listening_worker_a_run_is_refused_and_leaves_no_trace(
    silence: dict[str, Any],
) -> None:
    make_worker(**silence)
    user = make_user("olga", "run_job")
    job = make_job(make_spec("Up", VariableSpec(name="log", type="FileVar")))
    inputs = CleanInputs(values={}, files={"log": SimpleUploadedFile("a.log", b"x")})
    with pytest.raises(NoWorker, match="queue default"):
        enqueue_job(job, user=user, inputs=inputs)
    assert not JobResult.objects.exists()
    assert not JobFile.objects.exists()


def test_an_uploaded_file_is_kept_with_the_run(operator: Any) -> None:
    job = make_job(make_spec("Up", VariableSpec(name="log", type="FileVar")))
    upload = SimpleUploadedFile("access.log", b"GET /\n")
    inputs = CleanInputs(values={}, files={"log": upload})
    result = enqueue_job(job, user=operator, inputs=inputs)
    row = JobFile.objects.get(job_result=result)
    assert result.task_kwargs == {"log": {"file": str(row.pk), "name": "access.log"}}
    assert row.file.read() == b"GET /\n"
    row.file.close()


@pytest.mark.parametrize("kind", ["TextVar", "SecretVar"])
def test_inputs_over_the_limit_are_refused(operator: Any, settings: Any, kind: str) -> None:
    settings.JOBSMITH = settings.JOBSMITH | {"MAX_INPUT_BYTES": 1000}
    job = make_job(make_spec("Says", VariableSpec(name="text", type=kind)))
    inputs = clean(job, operator, text="é" * 200)
    with pytest.raises(InputsRefused, match="1,000 are allowed"):
        enqueue_job(job, user=operator, inputs=inputs)
    assert not JobResult.objects.exists()
    assert enqueue_job(job, user=operator, inputs=clean(job, operator, text="é" * 100))


def test_a_file_over_the_limit_is_refused(operator: Any, settings: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "MAX_FILE_BYTES": 3}
    job = make_job(make_spec("Up", VariableSpec(name="log", type="FileVar")))
    inputs = CleanInputs(values={}, files={"log": SimpleUploadedFile("a.log", b"long")})
    with pytest.raises(InputsRefused) as refusal:
        enqueue_job(job, user=operator, inputs=inputs)
    assert "larger than 3 bytes" in refusal.value.errors["log"][0]
