"""Requests for approval, and people who decide them."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from jobsmith.actions.decide_approval import approve_stage
from jobsmith.actions.enqueue_job import Accepted, RunOptions, enqueue_job
from jobsmith.actions.run_form import json_run_form
from jobsmith.actions.save_schedule import save_schedule
from jobsmith.actions.timing import read_timing
from jobsmith.inputs.codec import CleanInputs
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    Job,
    JobResult,
    ScheduledJob,
    Worker,
)
from jobsmith.runner.claims import claim
from jobsmith.specs import VariableSpec
from tests.support.factories import make_job, make_spec, make_user, make_version, serve

AT_ONCE = RunOptions()
HOST = VariableSpec(name="host", type="StringVar", required=False)
SECRET = VariableSpec(name="password", type="SecretVar", required=False)
DRYRUN = VariableSpec(name="dryrun", type="DryRunVar", required=False)


def gated_job(name: str = "Deploy", **fields: Any) -> Job:
    """A job whose every run needs approval, with code that is kept."""
    spec = make_spec(name, HOST, SECRET, DRYRUN, supports_dryrun=True, approval_required=True)
    serve(make_version("v1", {"pings.py": "first"}, spec))
    return make_job(spec, source_key="folder", supports_dryrun=True, **fields)


def make_approver(name: str = "anna", *groups: str, may: str = "approve_job") -> Any:
    """Somebody who decides: by right, or as a member of groups."""
    rights = ["view_approvalworkflow", "view_approvalworkflowstage", "change_approvalworkflowstage"]
    user = make_user(name, *rights, *([may] if may else []))
    user.groups.add(*(Group.objects.get_or_create(name=each)[0] for each in groups))
    return user


def define(*stages: tuple[str, int], weight: int = 1, **constraints: Any) -> Any:
    """A definition with stages: the group and how many of it."""
    made = ApprovalWorkflowDefinition.objects.create(
        name=f"definition {weight}",
        weight=weight,
        model_constraints=constraints,
        model_content_type=ContentType.objects.get_for_model(ScheduledJob),
    )
    for number, (group, count) in enumerate(stages):
        ApprovalWorkflowStageDefinition.objects.create(
            approval_workflow_definition=made,
            sequence=number,
            name=f"stage {number}",
            min_approvers=count,
            denial_message="Not in this house.",
            approver_group=Group.objects.get_or_create(name=group)[0],
        )
    return made


def ask(job: Job, user: Any, options: RunOptions = AT_ONCE, **data: Any) -> Accepted:
    """Ask for a run at once."""
    form = json_run_form(job, user=user, data=data)
    assert form.is_valid(), form.errors
    return enqueue_job(job, user=user, inputs=form.clean_inputs, options=options)


def request_of(job: Job, user: Any, **data: Any) -> ApprovalWorkflow:
    """A request that waits."""
    made = ask(job, user, **data)
    assert isinstance(made, ScheduledJob)
    return workflow_of(made)


def workflow_of(schedule: ScheduledJob) -> ApprovalWorkflow:
    """The newest workflow of a schedule."""
    found = ApprovalWorkflow.objects.filter(scheduled_job=schedule).latest("created")
    return ApprovalWorkflow.objects.get(pk=found.pk)


def stage_of(workflow: ApprovalWorkflow, number: int = 0) -> ApprovalWorkflowStage:
    """A stage as it is now."""
    return workflow.approval_workflow_stages.order_by("sequence")[number]


def approve(workflow: ApprovalWorkflow, user: Any, number: int = 0, **said: Any) -> Any:
    """Approve a stage."""
    return approve_stage(stage_of(workflow, number), user=user, **said)


def approved_run(job: Job, olga: Any, anna: Any, **data: Any) -> JobResult:
    """A run that was asked for and approved."""
    workflow = request_of(job, olga, **data)
    approve(workflow, anna)
    return JobResult.objects.get(approval=workflow)


def claimed(worker: Worker) -> list[str]:
    """Statuses of all runs, after the worker took what it may take."""
    claim(worker, queues=["default"], most=100)
    return list(JobResult.objects.order_by("date_created").values_list("status", flat=True))


def scheduled(job: Job, user: Any, **asked: Any) -> ScheduledJob:
    """A schedule that the user makes."""
    given = {"interval": "custom", "name": "nightly", "crontab": "0 0 1 1 *", **asked}
    timing = read_timing(given)
    assert timing is not None
    inputs = CleanInputs(values={"host": "a"})
    return save_schedule(job, user=user, inputs=inputs, timing=timing)


def due(schedule: ScheduledJob) -> None:
    """Make it due now."""
    ScheduledJob.objects.filter(pk=schedule.pk).update(
        next_due_at=timezone.now() - timedelta(seconds=5), start_time=schedule.start_time
    )
