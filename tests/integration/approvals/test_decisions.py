"""Who may decide, when, and whose decision counts."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from jobsmith.actions.ask_approval import ask_anew
from jobsmith.actions.cancel_approval import cancel_approval
from jobsmith.actions.decide_approval import comment_stage, deny_stage
from jobsmith.actions.delete_schedule import delete_schedule
from jobsmith.actions.expire_approvals import expire_approvals
from jobsmith.actions.save_definition import create_definition, delete_definition
from jobsmith.actions.save_schedule import resume_schedule, retime_schedule
from jobsmith.actions.start_approved import start_dry_run
from jobsmith.actions.start_due import start_due
from jobsmith.actions.timing import read_timing
from jobsmith.approving import awaiting
from jobsmith.errors import (
    AlreadyDecided,
    AlreadyResponded,
    InputsRefused,
    NoDryRun,
    NotAllowed,
    NotApprover,
    NotFound,
    NotItsTurn,
    OwnRequest,
    ScheduleRefused,
    StillNeeded,
)
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    Job,
    JobResult,
    ObjectChange,
    ScheduledJob,
    Worker,
)
from tests.support.approvals import (
    DRYRUN,
    HOST,
    approve,
    ask,
    claimed,
    define,
    due,
    gated_job,
    make_approver,
    request_of,
    scheduled,
    stage_of,
    workflow_of,
)
from tests.support.factories import (
    grant,
    make_admin,
    make_job,
    make_spec,
    make_user,
    make_version,
    serve,
)

pytestmark = pytest.mark.django_db


def runs() -> int:
    return JobResult.objects.count()


def test_stages_come_in_order_and_take_as_many_as_they_say(job: Job, olga: Any) -> None:
    define(("leads", 2), ("bosses", 1))
    first, second = (make_approver(each, "leads", may="") for each in ("lea", "leo"))
    boss = make_approver("bob", "bosses", may="")
    workflow = request_of(job, olga)
    with pytest.raises(NotItsTurn):
        approve(workflow, boss, 1)
    assert list(awaiting(boss)) == []
    approve(workflow, first)
    with pytest.raises(AlreadyResponded):
        approve(workflow, first)
    assert list(awaiting(first)) == []
    assert (list(awaiting(second)), runs()) == ([stage_of(workflow)], 0)
    approve(workflow, second)
    assert (stage_of(workflow).state, runs()) == ("Approved", 0)
    approve(workflow, boss, 1)
    assert runs() == 1


def test_whoever_asked_cannot_approve_unless_that_is_allowed(
    job: Job, worker: Worker, settings: Any
) -> None:
    both = make_approver("both")
    both.user_permissions.add(*make_user("x", "run_job", "view_job").user_permissions.all())
    workflow = request_of(job, type(both).objects.get(pk=both.pk))
    with pytest.raises(OwnRequest):
        approve(workflow, both)
    assert not awaiting(both).exists()
    settings.JOBSMITH = {**settings.JOBSMITH, "APPROVAL_FOUR_EYES": False}
    assert awaiting(both).exists()
    approve(workflow, both)
    assert runs() == 1


def test_a_superuser_outside_the_group_cannot_approve(job: Job, olga: Any) -> None:
    define(("leads", 1))
    with pytest.raises(NotApprover):
        approve(request_of(job, olga), make_admin())


def test_the_right_to_the_stage_is_asked_for_first(job: Job, olga: Any) -> None:
    workflow = request_of(job, olga)
    with pytest.raises(NotAllowed):
        approve(workflow, make_user("nobody", "approve_job"))
    limited = make_user("limited", "approve_job")
    grant(limited, "change", ApprovalWorkflowStage, {"name": "another"})
    with pytest.raises(NotFound):
        approve(workflow, limited)


@pytest.mark.parametrize("gone", ["inactive", "left the group", "deleted"])
def test_approvals_of_people_who_may_no_longer_decide_do_not_count(
    job: Job, olga: Any, gone: str
) -> None:
    define(("leads", 1), ("bosses", 1))
    lea, boss = make_approver("lea", "leads", may=""), make_approver("bob", "bosses", may="")
    workflow = request_of(job, olga)
    approve(workflow, lea)
    if gone == "inactive":
        type(lea).objects.filter(pk=lea.pk).update(is_active=False)
    elif gone == "deleted":
        lea.delete()
    else:
        lea.groups.clear()
    approve(workflow, boss, 1)
    assert (stage_of(workflow).state, runs()) == ("Pending", 0)
    approve(workflow, make_approver("leo", "leads", may=""))
    assert runs() == 1


def test_a_group_that_is_gone_leaves_nobody_to_approve(job: Job, olga: Any, anna: Any) -> None:
    define(("leads", 1))
    workflow = request_of(job, olga)
    ApprovalWorkflowStage.objects.update(approver_group=None)
    for each in (anna, make_admin(), make_approver("lea", "leads")):
        with pytest.raises(NotApprover):
            approve(workflow, each)


def test_denied_is_for_good(job: Job, olga: Any, anna: Any, worker: Worker) -> None:
    define(("leads", 1))
    lea = make_approver("lea", "leads", may="")
    workflow = request_of(job, olga)
    deny_stage(stage_of(workflow), user=lea, comments="Not today.")
    schedule = ScheduledJob.objects.get()
    assert (schedule.state, schedule.enabled) == ("denied", False)
    assert schedule.state_reason == "Not in this house. Not today."
    with pytest.raises(AlreadyDecided):
        approve(workflow, lea)
    with pytest.raises(AlreadyDecided):
        cancel_approval(workflow, user=olga)
    with pytest.raises(ScheduleRefused):
        resume_schedule(schedule, user=make_admin())
    assert runs() == 0


def test_comments_decide_nothing(job: Job, olga: Any, anna: Any) -> None:
    workflow = request_of(job, olga)
    for text in ("Why?", "Why now?"):
        comment_stage(stage_of(workflow), user=anna, comments=text)
    with pytest.raises(InputsRefused):
        comment_stage(stage_of(workflow), user=anna, comments=" ")
    with pytest.raises(InputsRefused):
        approve(workflow, anna, comments="x" * 256)
    assert stage_of(workflow).approval_workflow_stage_responses.count() == 2
    assert runs() == 0


def test_requests_are_taken_back_by_who_asked_or_may_change_them(
    job: Job, olga: Any, anna: Any
) -> None:
    workflow = request_of(job, olga)
    with pytest.raises(NotAllowed):
        cancel_approval(workflow, user=anna)
    cancel_approval(workflow, user=olga, comments="Never mind.")
    assert ScheduledJob.objects.get().state == "canceled"
    another = request_of(job, olga)
    keeper = make_user("keeper", "view_approvalworkflow", "change_approvalworkflow")
    assert cancel_approval(another, user=keeper).current_state == "Canceled"
    with pytest.raises(AlreadyDecided):
        approve(another, anna)


def test_nobody_decides_in_time(job: Job, olga: Any, anna: Any, settings: Any) -> None:
    workflow = request_of(job, olga)
    assert workflow.expires_at is not None
    assert expire_approvals() == 0
    ApprovalWorkflow.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (expire_approvals(), expire_approvals()) == (1, 0)
    assert ScheduledJob.objects.get().state_reason == "Nobody decided in time."
    with pytest.raises(AlreadyDecided):
        approve(workflow, anna)
    settings.JOBSMITH = {**settings.JOBSMITH, "APPROVAL_DAYS": 0}
    assert request_of(job, olga).expires_at is None


def test_a_deleted_request_ends_its_approval(job: Job, olga: Any, anna: Any) -> None:
    workflow = request_of(job, olga)
    schedule = workflow.scheduled_job
    assert schedule is not None
    delete_schedule(schedule, user=make_admin())
    workflow.refresh_from_db()
    assert (workflow.current_state, workflow.scheduled_job) == ("Canceled", None)
    with pytest.raises(AlreadyDecided):
        approve(workflow, anna)


def test_approvers_try_out_what_they_shall_approve(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    workflow = request_of(job, olga, host="a", password="hunter22")
    with pytest.raises(NotApprover):
        start_dry_run(workflow, user=olga)
    run = start_dry_run(workflow, user=anna)
    assert (run.user, run.task_kwargs) == (anna, {"host": "a", "dryrun": True})
    assert (run.scheduled_job, run.approval) == (None, workflow)
    assert claimed(worker) == ["STARTED"]
    approve(workflow, anna)
    assert claimed(worker) == ["STARTED", "STARTED"]


def test_a_sensitive_job_is_tried_out_sealed(worker: Worker, olga: Any, anna: Any) -> None:
    job = gated_job("Sealed", has_sensitive_variables=True, overridden=["has_sensitive_variables"])
    run = start_dry_run(request_of(job, olga, host="a"), user=anna)
    assert run.task_kwargs == {}
    assert claimed(worker) == ["STARTED"]


def test_a_job_without_a_dry_run_has_none(olga: Any, anna: Any) -> None:
    job = make_job(make_spec("Ping", HOST, approval_required=True))
    with pytest.raises(NoDryRun):
        start_dry_run(request_of(job, olga), user=anna)


# Schedules


def test_an_approved_schedule_runs_again_and_again(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    schedule = scheduled(job, olga)
    assert (schedule.state, schedule.enabled, schedule.next_due_at) == ("pending", False, None)
    due(schedule)
    assert start_due() == 0
    approve(workflow_of(schedule), anna)
    for count in (1, 2):
        due(schedule)
        assert start_due() == 1
        assert runs() == count
    assert claimed(worker) == ["STARTED", "STARTED"]


def test_other_code_at_its_due_time_waits_for_approval_anew(job: Job, olga: Any, anna: Any) -> None:
    schedule = scheduled(job, olga)
    approve(workflow_of(schedule), anna)
    serve(make_version("v2", {"pings.py": "second"}, make_spec("Deploy", HOST, DRYRUN)))
    due(schedule)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert (schedule.state, schedule.enabled) == ("pending", False)
    assert "waits for approval anew" in schedule.state_reason
    assert schedule.due_times.get().skipped
    approve(workflow_of(schedule), anna)
    due(schedule)
    assert start_due() == 1


def test_an_edit_of_a_schedule_takes_its_approval_back(job: Job, olga: Any, anna: Any) -> None:
    schedule = scheduled(job, olga)
    approve(workflow_of(schedule), anna)
    admin = make_admin()
    timing = read_timing({"interval": "custom", "name": "nightly", "crontab": "5 * * * *"})
    assert timing is not None
    retime_schedule(schedule, user=admin, timing=timing)
    schedule.refresh_from_db()
    assert (schedule.state, schedule.enabled, schedule.next_due_at) == ("pending", False, None)
    with pytest.raises(OwnRequest):
        approve(workflow_of(schedule), admin)
    assert workflow_of(schedule).user == admin
    due(schedule)
    assert start_due() == 0


def test_a_schedule_from_before_the_rule_waits_when_it_is_due(olga: Any, anna: Any) -> None:
    schedule = scheduled(make_job(make_spec("Ping", HOST)), olga)
    assert schedule.state == "active"
    define(("leads", 1))
    due(schedule)
    assert start_due() == 0
    schedule.refresh_from_db()
    assert schedule.state == "pending"


def test_a_time_that_passed_while_it_waited_is_now(
    job: Job, olga: Any, anna: Any, worker: Worker
) -> None:
    start = (timezone.now() + timedelta(hours=1)).isoformat()
    schedule = scheduled(job, olga, interval="future", start_time=start)
    past = timezone.now() - timedelta(minutes=1)
    ScheduledJob.objects.filter(pk=schedule.pk).update(start_time=past)
    ApprovalWorkflow.objects.all().delete()
    schedule.refresh_from_db()
    ask_anew(schedule, user=olga)
    approve(workflow_of(schedule), anna)
    schedule.refresh_from_db()
    assert (schedule.state, runs()) == ("completed", 1)
    assert claimed(worker) == ["STARTED"]


# Definitions


def test_definitions_are_about_schedules_and_lookups_of_theirs(worker: Worker) -> None:
    admin = make_admin()
    for bad in ({"no_such": 1}, [], "x", {"pk": "no key"}):
        with pytest.raises(InputsRefused) as refused:
            create_definition(user=admin, values={"name": "x", "model_constraints": bad})
        assert "model_constraints" in refused.value.errors
    about = ContentType.objects.get_for_model(Group)
    with pytest.raises(InputsRefused):
        create_definition(user=admin, values={"name": "x", "model_content_type": about})


def test_what_requests_wait_by_cannot_be_deleted(job: Job, olga: Any) -> None:
    definition, admin = define(("leads", 1)), make_admin()
    workflow = request_of(job, olga)
    for row in (definition, definition.approval_workflow_stage_definitions.get()):
        with pytest.raises(StillNeeded):
            delete_definition(row, user=admin)
    cancel_approval(workflow, user=admin)
    delete_definition(definition, user=admin)
    workflow.refresh_from_db()
    assert workflow.approval_workflow_definition is None


def test_the_trail_tells_who_decided_and_no_secret(job: Job, olga: Any, anna: Any) -> None:
    made = ask(job, olga, password="hunter22")
    assert isinstance(made, ScheduledJob)
    approve(workflow_of(made), anna, comments="Fine.")
    noted = ObjectChange.objects.filter(object_label="jobsmith.approvalworkflowstageresponse")
    assert [(each.user_name, each.after["comments"]) for each in noted] == [("anna", "Fine.")]
    assert "hunter22" not in repr(list(ObjectChange.objects.values()))
