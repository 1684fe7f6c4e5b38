"""Cancelling, re-running and deleting runs."""

from typing import Any

import pytest
from django.core.files.base import ContentFile

from jobsmith.actions.cancel_result import cancel_result
from jobsmith.actions.delete_result import delete_result
from jobsmith.actions.rerun_result import rerun_initial, rerun_result
from jobsmith.catalog.versions import recorded_version
from jobsmith.errors import (
    AlreadyFinal,
    CodeGone,
    InputsRefused,
    NotAllowed,
    NotFound,
    StillRunning,
)
from jobsmith.inputs.vault import seal
from jobsmith.models import Job, JobFile, JobResult, SourceTree
from jobsmith.specs import VariableSpec, to_json
from tests.support.factories import (
    grant,
    make_admin,
    make_job,
    make_result,
    make_spec,
    make_user,
    make_version,
    make_worker,
    serve,
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


@pytest.mark.parametrize(("meanwhile", "status"), [("STARTED", "STARTED"), ("PENDING", "REVOKED")])
def test_a_run_that_began_meanwhile_is_marked_and_one_that_waits_again_is_ended(
    meanwhile: str, status: str
) -> None:
    seen = make_result()
    JobResult.objects.update(status=meanwhile, attempt=1)
    cancelled = cancel_result(seen, user=make_admin())
    assert (cancelled.status, cancelled.attempt) == (status, 1)
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


def uploads(**kwargs: Any) -> Job:
    return make_job(
        make_spec(
            "Up",
            VariableSpec(name="log", type="FileVar", required=False),
            VariableSpec(name="options", type="JSONVar", required=False),
        ),
        **kwargs,
    )


def kept_file(result: JobResult, content: bytes = b"GET /") -> JobFile:
    file = JobFile(name="a.log", size=len(content), job_result=result, kind="input")
    file.file.save("a.log", ContentFile(content), save=False)
    file.save()
    return file


LOOKS_LIKE_A_FILE = {"file": "1", "name": "x"}


def test_run_with_changes_starts_from_the_open_inputs() -> None:
    given = {"host": "a", "log": LOOKS_LIKE_A_FILE, "options": LOOKS_LIKE_A_FILE}
    result = make_result(uploads(), task_kwargs=given)
    initial = rerun_initial(result, user=make_admin())
    assert initial == {"host": "a", "options": LOOKS_LIKE_A_FILE}


def test_a_rerun_takes_files_along_and_leaves_json_that_looks_like_one_alone() -> None:
    make_worker()
    first = make_result(uploads())
    file = kept_file(first)
    first.task_kwargs = {
        "log": {"file": str(file.pk), "name": file.name},
        "options": LOOKS_LIKE_A_FILE,
    }
    first.save()
    again = rerun_result(first, user=make_admin())
    copy = JobFile.objects.get(job_result=again)
    assert again.task_kwargs["options"] == LOOKS_LIKE_A_FILE
    assert again.task_kwargs["log"] == {"file": str(copy.pk), "name": "a.log"}
    with copy.file.open() as content:
        assert content.read() == b"GET /"


@pytest.mark.parametrize("what", ["row", "content"])
def test_a_rerun_is_refused_when_an_uploaded_file_is_gone(what: str) -> None:
    make_worker()
    first = make_result(uploads())
    file = kept_file(first)
    first.task_kwargs = {"log": {"file": str(file.pk), "name": file.name}}
    first.save()
    file.file.storage.delete(str(file.file.name))
    if what == "row":
        file.delete()
    with pytest.raises(InputsRefused) as refusal:
        rerun_result(first, user=make_admin())
    assert refusal.value.errors == {"log": ["The file a.log is gone. Upload it again."]}
    assert JobResult.objects.count() == 1


def test_a_rerun_whose_file_nobody_asks_for_any_more_is_refused() -> None:
    make_worker()
    first = make_result(uploads())
    file = kept_file(first)
    first.task_kwargs = {"log": {"file": str(file.pk), "name": file.name}}
    first.source_digest = SourceTree.objects.create(
        digest="a" * 64, specs={first.class_path: first.job_model.declared}
    ).digest
    first.save()
    spec = make_spec("Up", VariableSpec(name="options", type="JSONVar", required=False))
    Job.objects.update(declared=to_json(spec))
    with pytest.raises(InputsRefused) as refusal:
        rerun_result(JobResult.objects.get(), user=make_admin())
    assert list(refusal.value.errors) == ["log"]


def test_a_rerun_needs_the_right_to_see_that_very_run() -> None:
    make_worker()
    user = make_user("olga", "run_job")
    grant(user, "view", JobResult, {"user": "$user"})
    job = make_job()
    own, other = make_result(job, user=user), make_result(job)
    assert rerun_result(own, user=user).rerun_of == own
    for ask in (rerun_result, rerun_initial):
        with pytest.raises(NotFound):
            ask(other, user=user)
        with pytest.raises(NotAllowed):
            ask(own, user=make_user(ask.__name__, "run_job"))


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


OLD_SPEC = make_spec("Ping", VariableSpec(name="host", type="StringVar"))
NEW_SPEC = make_spec("Ping", VariableSpec(name="address", type="StringVar"))


def run_of_old_code(source_key: str = "folder") -> JobResult:
    """A run of a version that serves no more: its job asks for other inputs now."""
    make_worker()
    old = make_version("v1", {"pings.py": "old"}, OLD_SPEC)
    serve(make_version("v2", {"pings.py": "new"}, NEW_SPEC))
    job = make_job(NEW_SPEC, source_key="folder")
    return make_result(
        job,
        source_key=source_key,
        source_digest=old.digest,
        source_label="v1",
        task_kwargs={"host": "a"},
    )


def test_a_rerun_executes_the_same_code_when_told_to() -> None:
    first = run_of_old_code()
    again = rerun_result(first, user=make_admin(), code="same")
    assert (again.source_digest, again.source_label) == (first.source_digest, "v1")
    assert again.task_kwargs == {"host": "a"}


def test_a_rerun_executes_the_current_code_otherwise() -> None:
    with pytest.raises(InputsRefused) as refusal:
        rerun_result(run_of_old_code(), user=make_admin())
    assert "host" in str(refusal.value.errors)


def test_code_is_same_or_current() -> None:
    with pytest.raises(InputsRefused) as refusal:
        rerun_result(run_of_old_code(), user=make_admin(), code="newest")
    assert refusal.value.errors == {"code": ['"newest" is not a valid choice.']}


def test_the_same_code_of_a_package_runs_while_it_is_installed() -> None:
    first = run_of_old_code()
    kept = SourceTree.objects.filter(pk=first.source_digest)
    kept.update(archive=None)
    with pytest.raises(CodeGone):
        rerun_result(first, user=make_admin(), code="same")
    serve(kept.get())
    assert (
        rerun_result(first, user=make_admin("ann"), code="same").source_digest
        == first.source_digest
    )


def test_the_same_code_that_is_pruned_meanwhile_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_of_old_code()
    version = recorded_version(first)
    SourceTree.objects.filter(pk=first.source_digest).delete()
    monkeypatch.setattr("jobsmith.actions.rerun_result.recorded_version", lambda _run: version)
    with pytest.raises(CodeGone):
        rerun_result(first, user=make_admin(), code="same")
    assert JobResult.objects.count() == 1
