"""Requests for approval in the world, and the rules that they follow."""

from itertools import count
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from jobsmith.actions.ask_approval import ask
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
    Job,
    ScheduledJob,
)

APPROVERS = "alpha approvers"
"""Everybody who asks is a member: what keeps them from deciding is their rights."""
FOREIGN = "foreign"
"""A request of somebody else, for those who may not decide their own."""
KINDS = (
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflow,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageResponse,
)
_weights = count(100)


def approvers(world: Any) -> Group:
    """The group, once it is made."""
    group, made = Group.objects.get_or_create(name=APPROVERS)
    if made:
        world.add(group, "alpha", "", name=group.name)
    return group


def add_rules(world: Any, klass: str, area: str) -> None:
    """A definition that matches nothing, and a stage of it."""
    definition = ApprovalWorkflowDefinition.objects.create(
        name=f"{area} {klass} {world.word()}",
        model_constraints={"name": world.word()},
        model_content_type=ContentType.objects.get_for_model(ScheduledJob),
        weight=next(_weights),
    )
    text = f"{definition.name} {definition.model_constraints}"
    row = world.add(definition, area, text, name=definition.name)
    world.targets[ApprovalWorkflowDefinition, klass, "", ""] = row
    stage = ApprovalWorkflowStageDefinition.objects.create(
        approval_workflow_definition=definition,
        sequence=1,
        name=f"{area} {world.word()}",
        denial_message=world.word(),
        approver_group=approvers(world),
    )
    stage_row = world.add(stage, area, f"{stage.name} {stage.denial_message}", name=stage.name)
    world.tell(definition.name, stage_row)
    world.targets[ApprovalWorkflowStageDefinition, klass, "", ""] = stage_row


def add_request(world: Any, klass: str, area: str, job: Job, user: Any, owner: str) -> None:
    """A schedule that waits for approval, with something said on it."""
    schedule = ScheduledJob.objects.create(
        name=f"{area} {world.word()}",
        task=job.class_path,
        job_model=job,
        interval="daily",
        user=user,
        job_queue=job.default_job_queue,
        kwargs={"text": world.word()},
    )
    fields = {"owner": owner or "somebody", "installed": klass != "uninstalled", "name": job.name}
    workflow = ask(schedule, user=user)
    stage = workflow.approval_workflow_stages.get()
    stage.name, stage.by_right, stage.approver_group = f"{area} {world.word()}", False, None
    stage.approver_group = approvers(world)
    stage.save()
    said = ApprovalWorkflowStageResponse.objects.create(
        approval_workflow_stage=stage,
        user=user,
        user_name=user.get_username(),
        comments=f"{area} {world.word()}",
        state="Comment",
    )
    rows = [world.add(each, area, "", **fields) for each in (schedule, workflow, stage, said)]
    for each in rows[1:]:
        world.targets[each.kind, klass, owner, ""] = each
    label = job.declared["variables"][0]["label"]
    world.tell(f"{schedule.name} {job.class_path} {schedule.kwargs}", *rows[:2])
    world.tell(f"{schedule.name} {said.comments} {stage.name}", *rows[1:])
    world.tell(f"{user.get_username()} {label}", *rows[1:])
    world.stages[rows[1]] = rows[2]
