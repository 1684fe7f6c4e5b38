"""Ways around the gate that are none, and ways through it that must stay open."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.utils import timezone

from jobsmith.actions.ask_approval import ask_anew
from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import approve_stage, deny_stage
from jobsmith.actions.delete_job import delete_job
from jobsmith.actions.delete_schedule import delete_schedule
from jobsmith.actions.enqueue_job import RunOptions
from jobsmith.actions.expire_approvals import expire_approvals
from jobsmith.actions.fire_hooks import fire_hooks
from jobsmith.actions.save_definition import create_definition
from jobsmith.actions.save_schedule import pause_schedule, resume_schedule, retime_schedule
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.actions.start_due import start_due
from jobsmith.actions.timing import read_timing
from jobsmith.approving import awaiting, looks_at_standing
from jobsmith.audit import note_change
from jobsmith.cli.main import main
from jobsmith.errors import (
    AlreadyDecided,
    CannotStart,
    InputsRefused,
    NoDryRun,
    OwnRequest,
    RequestChanged,
    ScheduleRefused,
)
from jobsmith.models import (
    ApprovalWorkflow,
    HookFiring,
    Job,
    JobHook,
    JobQueue,
    JobResult,
    ObjectChange,
    ScheduledJob,
    Worker,
)
from jobsmith.runner.claims import claim
from tests.support.approvals import (
    HOST,
    approve,
    approved_run,
    ask,
    claimed,
    define,
    due,
    make_approver,
    request_of,
    scheduled,
    stage_of,
    workflow_of,
)
from tests.support.factories import make_admin, make_job, make_spec, make_user, make_version, serve

pytestmark = pytest.mark.django_db


def serve_without_dry_run() -> None:
    """Other code serves, and the record of the job has not heard of it yet."""
    serve(make_version("v2", {"pings.py": "second"}, make_spec("Deploy", HOST)))


def test_a_run_that_cannot_be_opened_ends_alone(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    broken = approved_run(job, olga, anna, password="hunter22")
    approve(request_of(job, olga), anna)
    JobResult.objects.filter(pk=broken.pk).update(sealed_kwargs="no seal")
    assert claimed(worker) == ["FAILURE", "STARTED"]
    broken.refresh_from_db()
    assert (broken.cause, broken.attempt) == ("not_approved", 0)
    assert "cannot be opened" in broken.cause_detail


def test_code_without_a_dry_run_is_not_tried_out(job: Job, olga: Any, anna: Any) -> None:
    serve_without_dry_run()
    with pytest.raises(NoDryRun):
        start_dry_run(request_of(job, olga), user=anna)
    assert not JobResult.objects.exists()


def test_code_without_a_dry_run_is_not_exempt(job: Job, olga: Any, settings: Any) -> None:
    settings.JOBSMITH = {**settings.JOBSMITH, "APPROVAL_DRYRUN_EXEMPT": True}
    serve_without_dry_run()
    assert isinstance(ask(job, olga, dryrun=True), ScheduledJob)


def test_a_dry_run_goes_by_the_version_that_it_runs(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    start_dry_run(request_of(job, olga), user=anna)
    Job.objects.filter(pk=job.pk).update(supports_dryrun=False)
    assert claimed(worker) == ["STARTED"]


def request_of_hook(job: Job, changer: Any) -> ApprovalWorkflow:
    """What waits because somebody changed a queue."""
    Job.objects.filter(pk=job.pk).update(is_job_hook_receiver=True)
    hook = JobHook.objects.create(name="h", job=job, type_update=True)
    hook.content_types.add(ContentType.objects.get_for_model(JobQueue))
    change = note_change(JobQueue.objects.all()[0], user=changer, before={})
    ObjectChange.objects.filter(pk=change.pk).update(awaits_hooks=True)
    fire_hooks()
    return workflow_of(ScheduledJob.objects.get())


def test_who_was_deleted_has_nothing_run_by_a_hook(job: Job, anna: Any) -> None:
    changer = make_user("changer")
    workflow = request_of_hook(job, changer)
    changer.delete()
    with pytest.raises(RequestChanged):
        approve(workflow, anna)
    with pytest.raises(CannotStart, match="owner is gone"):
        approve(workflow_of(ScheduledJob.objects.get()), anna)
    assert not JobResult.objects.exists()


def test_in_a_shell_a_request_is_decided_by_its_id_alone(job: Job, olga: Any, anna: Any) -> None:
    meant, trap = request_of(job, olga, host="a"), request_of(job, olga, host="b")
    ApprovalWorkflow.objects.filter(pk=trap.pk).update(name=str(meant.pk))
    for verb in ("approve", "deny", "cancel"):
        typed = CliRunner().invoke(main, ["approvals", verb, meant.name, "--user", "anna"])
        assert (typed.exit_code != 0, "no request" in typed.output) == (True, True)
    shown = CliRunner().invoke(main, ["approvals", "show", meant.name, "--user", "anna"])
    assert meant.digest in shown.output
    words = ["approvals", "approve", str(meant.pk), "--user", "anna", "--digest"]
    assert CliRunner().invoke(main, [*words, trap.digest]).exit_code != 0
    assert CliRunner().invoke(main, [*words, meant.digest]).exit_code == 0
    assert JobResult.objects.get().approval == meant


# Who has had a hand in it


def move(schedule: ScheduledJob, user: Any, **asked: Any) -> None:
    """An edit of when it is due."""
    given = {"interval": "custom", "name": "nightly", "crontab": "5 * * * *", **asked}
    timing = read_timing(given)
    assert timing is not None
    retime_schedule(schedule, user=user, timing=timing)


@pytest.fixture
def nightly(job: Job, olga: Any) -> ScheduledJob:
    return scheduled(job, olga)


def editor_who_approves() -> Any:
    editor = make_approver("edna")
    extra = make_user("extra", "view_scheduledjob", "change_scheduledjob")
    editor.user_permissions.add(*extra.user_permissions.all())
    return type(editor).objects.get(pk=editor.pk)


def other_limits() -> None:
    Job.objects.update(time_limit=77, overridden=["time_limit"])


def test_an_editor_cannot_approve_what_was_asked_for_anew(
    nightly: ScheduledJob, anna: Any, settings: Any
) -> None:
    editor = editor_who_approves()
    move(nightly, editor)
    other_limits()
    with pytest.raises(RequestChanged):
        approve(workflow_of(nightly), anna)
    move(nightly, make_admin(), crontab="6 * * * *")
    assert not awaiting(editor).exists()
    with pytest.raises(OwnRequest):
        approve(workflow_of(nightly), editor)
    settings.JOBSMITH = {**settings.JOBSMITH, "APPROVAL_FOUR_EYES": False}
    assert awaiting(editor).exists()


def test_an_editor_cannot_approve_what_the_clock_asked_for_anew(
    nightly: ScheduledJob, anna: Any
) -> None:
    editor = editor_who_approves()
    move(nightly, editor)
    approve(workflow_of(nightly), anna)
    other_limits()
    due(nightly)
    assert start_due() == 0
    with pytest.raises(OwnRequest):
        approve(workflow_of(nightly), editor)
    approve(workflow_of(nightly), anna)
    move(nightly, make_admin(), crontab="6 * * * *")
    approve(workflow_of(nightly), editor)  # the edit that was approved is over


@pytest.mark.parametrize("end", ["denied", "cancelled"])
def test_an_editor_cannot_approve_what_was_refused_and_edited_by_another(
    nightly: ScheduledJob, anna: Any, end: str
) -> None:
    editor, admin = editor_who_approves(), make_admin()
    move(nightly, editor)
    workflow = workflow_of(nightly)
    if end == "denied":
        deny_stage(stage_of(workflow), user=anna)
    else:
        cancel_approval(workflow, user=admin)
    move(nightly, admin, crontab="6 * * * *")
    with pytest.raises(OwnRequest):
        approve(workflow_of(nightly), editor)
    approve(workflow_of(nightly), anna)


# Rules that go by how a schedule stands


def test_waiting_changes_no_stages(job: Job, olga: Any) -> None:
    strict = define(("bosses", 2), weight=9, enabled=True, state="active")
    assert request_of(job, olga).approval_workflow_definition == strict
    assert workflow_of(scheduled(job, olga)).approval_workflow_definition == strict


def test_a_rule_by_priority_holds_for_runs_at_once(job: Job, olga: Any) -> None:
    strict = define(("bosses", 2), weight=9, priority=-3)
    made = ask(job, olga, RunOptions(priority=-3))
    assert isinstance(made, ScheduledJob)
    assert workflow_of(made).approval_workflow_definition == strict


@pytest.mark.parametrize(
    "lookup",
    [
        *("state", "state__in", "enabled", "next_due_at__isnull", "total_run_count__lt"),
        *("associated_approval_workflows__isnull", "job_model__scheduled_jobs__state"),
        "job_model__approval_workflows__name",
    ],
)
def test_rules_do_not_go_by_how_a_schedule_stands(worker: Worker, lookup: str) -> None:
    value: Any = ["active"] if lookup.endswith("__in") else 1 if lookup.endswith("lt") else True
    with pytest.raises(InputsRefused):
        create_definition(
            user=make_admin(), values={"name": "x", "model_constraints": {lookup: value}}
        )
    assert looks_at_standing({lookup: value})
    assert not looks_at_standing({"job_queue__state": "open", "job_model__enabled": True})


# Ends


def test_what_needs_no_approval_any_more_ends(olga: Any, anna: Any) -> None:
    definition = define()
    workflow = request_of(make_job(make_spec("Ping", HOST)), olga)
    type(definition).objects.update(model_constraints={"name": "another"})
    other_limits()
    with pytest.raises(RequestChanged, match="needs no approval any more"):
        approve(workflow, anna)
    schedule = ScheduledJob.objects.get()
    assert (schedule.state, schedule.state_reason) == (
        "canceled",
        "It has changed and needs no approval any more.",
    )
    assert not JobResult.objects.exists()


def test_what_waits_for_approval_is_not_paused_only_taken_back(job: Job, olga: Any) -> None:
    request = request_of(job, olga).scheduled_job
    with pytest.raises(ScheduleRefused):
        pause_schedule(request, user=make_admin())


def test_rules_do_not_go_by_regular_expressions(worker: Worker) -> None:
    with pytest.raises(InputsRefused) as refused:
        create_definition(
            user=make_admin(),
            values={"name": "x", "model_constraints": {"kwargs__site__regex": "(a+)+$"}},
        )
    assert "may take for ever" in str(refused.value.errors)


def test_who_lost_the_right_meanwhile_is_named_to_who_approves(
    job: Job, olga: Any, anna: Any
) -> None:
    workflow = request_of(job, olga)
    olga.user_permissions.clear()
    with pytest.raises(CannotStart, match="olga, for whom it would run, may not run this job"):
        approve(workflow, anna)
    assert not JobResult.objects.exists()


def test_a_deleted_job_ends_its_requests(job: Job, olga: Any) -> None:
    workflow = request_of(job, olga)
    delete_job(job, user=make_admin())
    workflow.refresh_from_db()
    schedule = ScheduledJob.objects.get()
    assert (workflow.current_state, schedule.state) == ("Canceled", "canceled")
    assert workflow.state_reason == schedule.state_reason == "The job Deploy was deleted."


@pytest.mark.parametrize("verb", [approve_stage, deny_stage])
def test_after_its_time_nobody_decides(job: Job, olga: Any, anna: Any, verb: Any) -> None:
    workflow = request_of(job, olga)
    ApprovalWorkflow.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(AlreadyDecided):
        verb(stage_of(ApprovalWorkflow.objects.get()), user=anna)
    assert ApprovalWorkflow.objects.get().current_state == "Canceled"
    with pytest.raises(AlreadyDecided):
        start_dry_run(workflow, user=anna)
    workflow.refresh_from_db()
    assert (workflow.current_state, workflow.state_reason) == (
        "Canceled",
        "Nobody decided in time.",
    )
    assert ScheduledJob.objects.get().state == "canceled"
    assert not JobResult.objects.exists()


@pytest.mark.parametrize("end", ["approved", "denied", "cancelled", "expired", "deleted"])
def test_a_hook_is_told_what_its_request_came_to(job: Job, anna: Any, end: str) -> None:
    workflow, admin = request_of_hook(job, make_user("changer")), make_admin()
    schedule = workflow.scheduled_job
    assert schedule is not None
    if end == "expired":
        ApprovalWorkflow.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    {
        "approved": lambda: approve(workflow, anna),
        "denied": lambda: deny_stage(stage_of(workflow), user=anna),
        "cancelled": lambda: cancel_approval(workflow, user=admin),
        "expired": expire_approvals,
        "deleted": lambda: delete_schedule(schedule, user=admin),
    }[end]()
    firing = HookFiring.objects.get()
    said = {
        "approved": "",
        "denied": "Denied by anna.",
        "cancelled": "Cancelled by admin.",
        "expired": "Nobody decided in time.",
        "deleted": "What was asked for has been deleted.",
    }
    assert (firing.job_result, firing.skipped) == (JobResult.objects.first(), said[end])


# Times


def test_what_was_asked_for_at_once_gets_no_times(job: Job, olga: Any) -> None:
    request_of(job, olga)
    with pytest.raises(ScheduleRefused) as refused:
        move(ScheduledJob.objects.get(), make_admin())
    assert "at once" in refused.value.errors["interval"][0]


def test_a_run_that_is_late_keeps_its_priority(job: Job, olga: Any, anna: Any) -> None:
    start = (timezone.now() + timedelta(hours=1)).isoformat()
    schedule = scheduled(job, olga, interval="future", start_time=start)
    ScheduledJob.objects.update(start_time=timezone.now() - timedelta(minutes=1), priority=-4)
    ApprovalWorkflow.objects.all().delete()
    schedule.refresh_from_db()
    with transaction.atomic():
        ask_anew(schedule, user=olga)
    approve(workflow_of(schedule), anna)
    assert JobResult.objects.get().priority == -4


def test_approving_an_edit_of_a_paused_schedule_leaves_it_paused(
    nightly: ScheduledJob, anna: Any
) -> None:
    admin = make_admin()
    approve(workflow_of(nightly), anna)
    nightly.refresh_from_db()
    pause_schedule(nightly, user=admin)
    move(nightly, admin)
    move(nightly, admin, crontab="6 * * * *")
    approve(workflow_of(nightly), anna)
    nightly.refresh_from_db()
    assert (nightly.state, nightly.enabled, nightly.next_due_at) == ("active", False, None)
    resume_schedule(nightly, user=admin)
    due(nightly)
    assert start_due() == 1


# Limits


@pytest.mark.parametrize("when_full", ["skip", "fail", "replace"])
def test_what_was_approved_waits_for_its_place(
    job: Job, olga: Any, anna: Any, worker: Worker, when_full: str
) -> None:
    Job.objects.update(concurrency_limit=1, concurrency_when_full=when_full)
    for _ in (1, 2):
        approve(request_of(job, olga), anna)
        claim(worker, queues=["default"], most=9)
    assert claimed(worker) == ["STARTED", "PENDING"]
    JobResult.objects.filter(status="STARTED").update(status="SUCCESS")
    assert claimed(worker) == ["SUCCESS", "STARTED"]


@pytest.mark.parametrize("when_full", ["queue", "skip", "fail", "replace"])
def test_a_dry_run_is_in_nobodys_way(
    job: Job, olga: Any, anna: Any, worker: Worker, when_full: str
) -> None:
    Job.objects.update(concurrency_limit=1, concurrency_when_full=when_full)
    approve(request_of(job, olga), anna)
    assert claimed(worker) == ["STARTED"]
    start_dry_run(request_of(job, olga), user=anna)
    assert claimed(worker) == ["STARTED", "STARTED"]
    JobResult.objects.filter(dry_run_digest="").update(status="SUCCESS")
    approve(request_of(job, olga, host="b"), anna)
    assert claimed(worker) == ["SUCCESS", "STARTED", "STARTED"]
    assert not JobResult.objects.exclude(date_canceled=None).exists()


def test_a_dry_run_is_not_replaced_by_runs_that_need_no_approval(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    Job.objects.update(
        approval_required=False, concurrency_limit=1, concurrency_when_full="replace"
    )
    define(kwargs__host="prod")
    tried = start_dry_run(request_of(job, olga, host="prod"), user=anna)
    assert claimed(worker) == ["STARTED"]
    assert isinstance(ask(job, olga, host="lab"), JobResult)
    tried.refresh_from_db()
    assert tried.date_canceled is None


def test_a_stale_approval_leads_to_what_was_asked_for_anew(job: Job, olga: Any, anna: Any) -> None:
    workflow = request_of(job, olga)
    other_limits()
    browser = Client()
    browser.force_login(anna)
    answer = browser.post(f"/approvals/{stage_of(workflow).pk}/approve/")
    anew = ApprovalWorkflow.objects.get(current_state="Pending")
    assert anew.pk != workflow.pk
    assert answer.url == anew.get_absolute_url()
