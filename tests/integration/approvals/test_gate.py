"""What needs approval has no run until that is given, and then just the run that was approved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jobsmith.actions.decide_approval import approve_stage
from jobsmith.actions.enqueue_job import RunOptions, enqueue_job
from jobsmith.actions.once import Once
from jobsmith.errors import CannotStart, RequestChanged
from jobsmith.inputs.codec import CleanInputs
from jobsmith.inputs.vault import open_sealed, seal
from jobsmith.models import (
    ApprovalWorkflow,
    Job,
    JobFile,
    JobQueue,
    JobResult,
    ScheduledJob,
    Worker,
)
from jobsmith.runner.claims import claim
from jobsmith.specs import VariableSpec
from tests.support.approvals import (
    HOST,
    approve,
    approved_run,
    ask,
    claimed,
    define,
    gated_job,
    make_approver,
    request_of,
    stage_of,
    workflow_of,
)
from tests.support.factories import make_job, make_spec, make_user, make_version, serve

pytestmark = pytest.mark.django_db


def test_a_request_waits_without_a_run(job: Job, olga: Any) -> None:
    made = ask(job, olga, host="a", password="hunter22")
    assert isinstance(made, ScheduledJob)
    stored = ScheduledJob.objects.get(pk=made.pk)
    assert (stored.state, stored.enabled, stored.interval) == ("pending", False, "future")
    assert (stored.one_off, stored.kwargs["host"]) == (True, "a")
    assert "hunter22" not in repr(vars(stored)) + repr(vars(workflow_of(stored)))
    assert not JobResult.objects.exists()


def test_the_last_approval_starts_just_what_was_asked_for(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    run = approved_run(job, olga, anna, host="a", password="hunter22")
    assert (run.user, run.task_kwargs["host"]) == (olga, "a")
    assert open_sealed(run.sealed_kwargs) == {"password": "hunter22"}
    assert run.approval is not None
    assert (run.approval.current_state, run.status) == ("Approved", "PENDING")
    schedule = run.scheduled_job
    assert schedule is not None
    assert (schedule.state, schedule.enabled, schedule.total_run_count) == ("completed", False, 1)
    assert claimed(worker) == ["STARTED"]


def test_a_job_without_a_rule_runs_at_once(olga: Any) -> None:
    assert isinstance(ask(make_job(make_spec("Ping", HOST)), olga), JobResult)


def test_a_definition_picks_requests_by_their_inputs(olga: Any) -> None:
    define(("leads", 1), kwargs__host="prod")
    free = make_job(make_spec("Ping", HOST))
    assert isinstance(ask(free, olga, host="lab"), JobResult)
    assert isinstance(ask(free, olga, host="prod"), ScheduledJob)
    assert ScheduledJob.objects.count() == 1


def test_the_definition_of_most_weight_decides(olga: Any, job: Job) -> None:
    define(("leads", 1), weight=1)
    heavy = define(("bosses", 2), weight=7)
    workflow = request_of(job, olga)
    assert workflow.approval_workflow_definition == heavy
    assert stage_of(workflow).min_approvers == 2


def test_a_definition_that_makes_no_sense_any_more_opens_no_gate(olga: Any) -> None:
    define(("leads", 1), no_such_field=1)
    assert isinstance(ask(make_job(make_spec("Ping", HOST)), olga), ScheduledJob)


def test_a_definition_without_stages_asks_those_who_may_approve_the_job(
    olga: Any, anna: Any
) -> None:
    define()
    workflow = request_of(make_job(make_spec("Ping", HOST)), olga)
    approve(workflow, anna)
    assert JobResult.objects.count() == 1


def test_dry_runs_need_approval_like_others(job: Job, olga: Any) -> None:
    assert isinstance(ask(job, olga, dryrun=True), ScheduledJob)


def test_dry_runs_may_be_exempt_and_stay_dry_runs(
    job: Job, olga: Any, worker: Worker, settings: Any
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "APPROVAL_DRYRUN_EXEMPT": True}
    assert isinstance(ask(job, olga, dryrun=False), ScheduledJob)
    for _ in (1, 2):
        assert isinstance(ask(job, olga, dryrun=True), JobResult)
    forged = JobResult.objects.all()[0]
    JobResult.objects.filter(pk=forged.pk).update(
        task_kwargs={**forged.task_kwargs, "dryrun": False}
    )
    assert sorted(claimed(worker)) == ["FAILURE", "STARTED"]


def test_a_request_that_comes_twice_is_one_request(job: Job, olga: Any) -> None:
    once = RunOptions(once=Once(key="k", fingerprint="f"))
    assert ask(job, olga, once) == ask(job, olga, once)
    assert ScheduledJob.objects.count() == 1


def test_a_run_that_came_past_the_gate_is_not_claimed(job: Job, worker: Worker) -> None:
    run = JobResult.objects.create(
        job_model=job, name="x", class_path=job.class_path, job_queue=job.default_job_queue
    )
    assert claimed(worker) == ["FAILURE"]
    run.refresh_from_db()
    assert (run.cause, run.attempt) == ("not_approved", 0)
    assert "needs approval" in run.cause_detail


def file_job() -> Job:
    spec = make_spec(
        "Load", VariableSpec(name="data", type="FileVar"), HOST, approval_required=True
    )
    serve(make_version("v1", {"pings.py": "x"}, spec))
    return make_job(spec, source_key="folder")


def request_with_file(olga: Any) -> ApprovalWorkflow:
    inputs = CleanInputs(values={"host": "a"}, files={"data": SimpleUploadedFile("a.csv", b"1,2")})
    made = enqueue_job(file_job(), user=olga, inputs=inputs)
    assert isinstance(made, ScheduledJob)
    return workflow_of(made)


def test_an_upload_goes_along(olga: Any, anna: Any, worker: Worker) -> None:
    workflow = request_with_file(olga)
    approve(workflow, anna)
    run = JobResult.objects.get()
    assert JobFile.objects.get().job_result == run
    assert run.task_kwargs["data"]["name"] == "a.csv"
    assert claimed(worker) == ["STARTED"]


def test_other_content_in_the_storage_is_not_started(olga: Any, anna: Any) -> None:
    workflow = request_with_file(olga)
    with JobFile.objects.get().file.storage.open(JobFile.objects.get().file.name, "wb") as stored:
        stored.write(b"6,6")
    with pytest.raises(CannotStart, match="not what was uploaded"):
        approve(workflow, anna)
    assert not JobResult.objects.exists()
    workflow.refresh_from_db()
    assert workflow.is_pending


def other_queue() -> JobQueue:
    return JobQueue.objects.get_or_create(name="other")[0]


def other_code(job: Job) -> None:
    serve(make_version("v2", {"pings.py": "second"}, make_spec("Deploy", HOST)))


CHANGES: dict[str, Callable[[ScheduledJob], object]] = {
    "inputs": lambda row: setattr(row, "kwargs", {**row.kwargs, "host": "b"}),
    "secrets": lambda row: setattr(row, "sealed_kwargs", seal({"password": "other"})),
    "user": lambda row: setattr(row, "user", make_user("mallory", "run_job")),
    "queue": lambda row: setattr(row, "job_queue", other_queue()),
    "start": lambda row: setattr(row, "start_time", row.start_time + timedelta(minutes=1)),
    "crontab": lambda row: setattr(row, "crontab", "1 * * * *"),
    "zone": lambda row: setattr(row, "time_zone", "Asia/Tokyo"),
    "misfire": lambda row: setattr(row, "misfire", "run_all"),
    "overlap": lambda row: setattr(row, "overlap", "replace"),
    "end": lambda row: setattr(row, "end_time", row.start_time + timedelta(days=9999)),
    "code": lambda row: other_code(row.job_model),
    "limits": lambda row: Job.objects.filter(pk=row.job_model_id).update(
        time_limit=7, overridden=["time_limit"]
    ),
}
WINDOW = ("start", "crontab", "zone", "misfire", "overlap", "end")
AT_ONCE = [name for name in CHANGES if name not in WINDOW]


@pytest.mark.parametrize("name", AT_ONCE)
def test_what_has_changed_before_the_approval_is_not_approved(
    job: Job, olga: Any, anna: Any, name: str
) -> None:
    workflow = request_of(job, olga, host="a", password="hunter22")
    schedule = workflow.scheduled_job
    assert schedule is not None
    CHANGES[name](schedule)
    schedule.save()
    with pytest.raises(RequestChanged):
        approve(workflow, anna)
    assert not JobResult.objects.exists()
    schedule.refresh_from_db()
    assert schedule.state == "pending"
    again = workflow_of(schedule)
    assert (again.pk != workflow.pk, again.is_pending) == (True, True)
    workflow.refresh_from_db()
    assert workflow.current_state == "Canceled"


RUN_CHANGES: dict[str, dict[str, Any]] = {
    "inputs": {"task_kwargs": {"host": "b", "dryrun": False}},
    "secrets": {"sealed_kwargs": seal({"password": "other"})},
    "code": {"source_digest": "f" * 64},
    "class": {"class_path": "pings.Other"},
    "soft limit": {"soft_time_limit": 1},
    "limit": {"time_limit": 99999},
    "approval": {"approval": None},
    "pretence": {"dry_run_digest": "0" * 64},
}


@pytest.mark.parametrize("name", [*RUN_CHANGES, "user", "queue", "job", "withdrawn"])
def test_a_run_that_is_not_what_was_approved_is_not_claimed(
    job: Job, olga: Any, anna: Any, worker: Worker, name: str
) -> None:
    run = approved_run(job, olga, anna, host="a", password="hunter22")
    rows = JobResult.objects.filter(pk=run.pk)
    if name == "withdrawn":
        ApprovalWorkflow.objects.update(current_state="Canceled")
    elif name == "job":
        rows.update(job_model=gated_job("Other"))
    elif name == "queue":
        rows.update(job_queue=other_queue())
        worker.queues = ["default", "other"]
    else:
        rows.update(**RUN_CHANGES.get(name) or {"user": anna})
    claim(worker, queues=["default", "other"], most=10)
    run.refresh_from_db()
    assert (run.status, run.cause, run.attempt) == ("FAILURE", "not_approved", 0)


def test_a_file_changed_under_a_run_is_not_claimed(olga: Any, anna: Any, worker: Worker) -> None:
    approve(request_with_file(olga), anna)
    JobFile.objects.update(sha256="0" * 64)
    assert claimed(worker) == ["FAILURE"]


def test_what_the_approver_has_not_seen_is_not_approved(job: Job, olga: Any, anna: Any) -> None:
    workflow = request_of(job, olga)
    with pytest.raises(RequestChanged):
        approve_stage(stage_of(workflow), user=anna, seen="0" * 64)
    approve_stage(stage_of(workflow), user=anna, seen=workflow.digest)
    assert JobResult.objects.count() == 1


def test_keys_of_the_server_may_be_changed_while_a_run_waits(
    job: Job, olga: Any, anna: Any, worker: Worker, settings: Any
) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "SECRET_KEYS": ("old",)}
    workflow = request_of(job, olga, password="hunter22")
    settings.JOBSMITH = {**settings.JOBSMITH, "SECRET_KEYS": ("new", "old")}
    approve(workflow, anna)
    assert claimed(worker) == ["STARTED"]


def test_an_owner_who_lost_the_right_gets_no_run(job: Job, olga: Any, anna: Any) -> None:
    workflow = request_of(job, olga)
    olga.user_permissions.clear()
    with pytest.raises(CannotStart):
        approve(workflow, anna)
    assert not JobResult.objects.exists()


def test_members_of_a_group_cannot_approve_by_right_alone(job: Job, olga: Any, anna: Any) -> None:
    define(("leads", 1))
    workflow = request_of(job, olga)
    with pytest.raises(Exception, match="not among those"):
        approve(workflow, anna)
    approve(workflow, make_approver("lena", "leads", may=""))
    assert JobResult.objects.count() == 1
