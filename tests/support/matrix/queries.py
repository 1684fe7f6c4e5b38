"""What every root field of GraphQL asks for. A new query or verb takes a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from graphql import GraphQLList, GraphQLObjectType, get_named_type

from jobsmith.graphql.schema import schema
from jobsmith.models import (
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
    BlackoutCalendar,
    GitRepository,
    Job,
    JobButton,
    JobHook,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    JobWebhook,
    NotificationRule,
    ObjectChange,
    ScheduledJob,
    Tag,
)

from . import oracle
from .asks import Right, view
from .roles import Role
from .world import OWN, Row, World

ADD_QUERIES_HERE = "tests/support/matrix/queries.py"

QUERIES: dict[str, type[Model]] = {
    "job": Job,
    "jobs": Job,
    "job_result": JobResult,
    "job_results": JobResult,
    "job_log_entry": JobLogEntry,
    "job_log_entries": JobLogEntry,
    "job_queue": JobQueue,
    "job_queues": JobQueue,
    "job_queue_assignment": JobQueueAssignment,
    "job_queue_assignments": JobQueueAssignment,
    "scheduled_job": ScheduledJob,
    "scheduled_jobs": ScheduledJob,
    "git_repository": GitRepository,
    "git_repositories": GitRepository,
    "blackout_calendar": BlackoutCalendar,
    "blackout_calendars": BlackoutCalendar,
    "job_hook": JobHook,
    "job_hooks": JobHook,
    "notification_rule": NotificationRule,
    "notification_rules": NotificationRule,
    "job_webhook": JobWebhook,
    "job_webhooks": JobWebhook,
    "job_button": JobButton,
    "job_buttons": JobButton,
    "approval_workflow": ApprovalWorkflow,
    "approval_workflows": ApprovalWorkflow,
    "approval_workflow_definition": ApprovalWorkflowDefinition,
    "approval_workflow_definitions": ApprovalWorkflowDefinition,
    "approval_workflow_stage": ApprovalWorkflowStage,
    "approval_workflow_stages": ApprovalWorkflowStage,
    "approval_workflow_stage_definition": ApprovalWorkflowStageDefinition,
    "approval_workflow_stage_definitions": ApprovalWorkflowStageDefinition,
    "approval_workflow_stage_response": ApprovalWorkflowStageResponse,
    "approval_workflow_stage_responses": ApprovalWorkflowStageResponse,
    "tag": Tag,
    "tags": Tag,
    "object_change": ObjectChange,
    "object_changes": ObjectChange,
}
"""Root fields, by the kind of row whose right to see decides what they show."""

OWN_REQUEST, NOT_APPROVER = "own_request", "not_approver"
NOT_ALLOWED, NOT_FOUND, NOT_INSTALLED = "not_allowed", "not_found", "job_not_installed"
REFUSED = "schedule_refused"


@dataclass(frozen=True, kw_only=True)
class Verb:
    """What a mutation asks for before it acts."""

    rights: tuple[Right, ...]
    row: Right
    """On the row that its key names."""
    arguments: Callable[[Any], str]
    """With the key of the row."""
    flavour: str = ""
    then: Callable[[World, Role, Row], str | None] = lambda *_: None
    """What else refuses."""
    decide: Callable[[World, Role, Row | None], str | None] | None = None
    """Set, it says all that refuses beside ``rights``."""
    shows: str = "{ id display }"
    changes: bool = True
    """Whether it changes something where it acts."""


def unless_installed(_world: World, _role: Role, job: Row) -> str | None:
    return None if job.installed else NOT_INSTALLED


def unless_its_job_runs(world: World, role: Role, run: Row) -> str | None:
    job = oracle.job_of(world, run)
    if not oracle.reaches(role, "run", job):
        return NOT_FOUND
    return unless_installed(world, role, job)


def unless_it_runs_as_oneself(world: World, role: Role, row: Row) -> str | None:
    return unless_its_job_runs(world, role, row) or (REFUSED if row.owner == role.name else None)


def unless_cancellable(_world: World, role: Role, run: Row) -> str | None:
    return None if oracle.may_cancel(role, run) else NOT_ALLOWED


def unless_own(_world: World, role: Role, row: Row) -> str | None:
    return OWN_REQUEST if row.owner == role.name else None


def unless_withdrawable(_world: World, role: Role, row: Row) -> str | None:
    may = row.owner == role.name or oracle.reaches(role, "change", row)
    return None if may else NOT_ALLOWED


def unless_pressable(world: World, role: Role, row: Row | None) -> str | None:
    """To press takes the right to run the button's job, and to see the record."""
    if row is None or not oracle.reaches(role, "run", world.button_jobs[row.pk]):
        return NOT_FOUND
    if not oracle.has(role, "view", Tag):
        return NOT_ALLOWED
    if not oracle.sees(role, world.targets[Tag, OWN, "", ""]):
        return NOT_FOUND
    return unless_installed(world, role, row)


def unless_tried_out(world: World, role: Role, row: Row) -> str | None:
    """Those who may decide a request may try it out, where its job is there."""
    if not oracle.reaches(role, "change", world.stages[row]):
        return NOT_APPROVER
    return unless_installed(world, role, row)


def a_tag() -> str:
    """Key of the record that a button is pressed for."""
    return str(Tag.objects.get(name__startswith=f"alpha {OWN} ").pk)


RUNS = "{ id display status task_kwargs job_model { name } job_log_entries { message } }"

VERBS: dict[str, Verb] = {
    "test_notification_rule": Verb(
        rights=(("change", NotificationRule),),
        row=("change", NotificationRule),
        arguments=lambda key: f'id: "{key}"',
    ),
    "run_job": Verb(
        rights=(("run", Job),),
        row=("run", Job),
        arguments=lambda key: f'job: "{key}", data: {{text: "hello"}}',
        then=unless_installed,
        shows=RUNS,
    ),
    "schedule_job": Verb(
        rights=(("run", Job),),
        row=("run", Job),
        arguments=lambda key: (
            f'job: "{key}", data: {{text: "hello"}}, name: "alpha {key}", '
            'interval: "custom", crontab: "0 0 * * *"'
        ),
        then=unless_installed,
    ),
    "pause_scheduled_job": Verb(
        rights=(("change", ScheduledJob),),
        row=("change", ScheduledJob),
        arguments=lambda key: f'id: "{key}"',
    ),
    "skip_scheduled_job": Verb(
        rights=(("change", ScheduledJob),),
        row=("change", ScheduledJob),
        arguments=lambda key: f'id: "{key}"',
    ),
    "run_scheduled_job": Verb(
        rights=(view(ScheduledJob), ("run", Job)),
        row=view(ScheduledJob),
        arguments=lambda key: f'id: "{key}"',
        then=unless_its_job_runs,
        shows=RUNS,
    ),
    "edit_scheduled_job": Verb(
        rights=(("change", ScheduledJob), ("run", Job)),
        row=("change", ScheduledJob),
        arguments=lambda key: f'id: "{key}", data: {{text: "hello"}}',
        then=unless_its_job_runs,
    ),
    "transfer_scheduled_job": Verb(
        rights=(("change", ScheduledJob), ("run", Job)),
        row=("change", ScheduledJob),
        arguments=lambda key: f'id: "{key}"',
        then=unless_it_runs_as_oneself,
    ),
    "delete_scheduled_job": Verb(
        rights=(("delete", ScheduledJob),),
        row=("delete", ScheduledJob),
        arguments=lambda key: f'id: "{key}"',
        shows="",
    ),
    "resume_scheduled_job": Verb(
        rights=(("change", ScheduledJob),),
        row=("change", ScheduledJob),
        arguments=lambda key: f'id: "{key}"',
    ),
    **{
        name: Verb(
            rights=(("change", JobQueue),),
            row=("change", JobQueue),
            arguments=lambda key: f'id: "{key}"',
            changes=name != "resume_job_queue",  # none of them is paused
        )
        for name in ("pause_job_queue", "drain_job_queue", "resume_job_queue")
    },
    "rerun_job_result": Verb(
        rights=(("run", Job), view(JobResult)),
        row=view(JobResult),
        arguments=lambda key: f'id: "{key}"',
        then=unless_its_job_runs,
        shows=RUNS,
    ),
    "cancel_job_result": Verb(
        rights=(view(JobResult),),
        row=view(JobResult),
        arguments=lambda key: f'id: "{key}"',
        flavour="waiting",
        then=unless_cancellable,
        shows=RUNS,
    ),
    "delete_job_result": Verb(
        rights=(("delete", JobResult),),
        row=("delete", JobResult),
        arguments=lambda key: f'id: "{key}"',
        shows="",
    ),
    "approve_approval_workflow_stage": Verb(
        rights=(("change", ApprovalWorkflowStage),),
        row=("change", ApprovalWorkflowStage),
        arguments=lambda key: f'id: "{key}"',
        then=unless_own,
    ),
    "deny_approval_workflow_stage": Verb(
        rights=(("change", ApprovalWorkflowStage),),
        row=("change", ApprovalWorkflowStage),
        arguments=lambda key: f'id: "{key}"',
    ),
    "comment_approval_workflow_stage": Verb(
        rights=(("change", ApprovalWorkflowStage),),
        row=("change", ApprovalWorkflowStage),
        arguments=lambda key: f'id: "{key}", comments: "hm"',
    ),
    "cancel_approval_workflow": Verb(
        rights=(),
        row=view(ApprovalWorkflow),
        arguments=lambda key: f'id: "{key}"',
        then=unless_withdrawable,
    ),
    "dry_run_approval_workflow": Verb(
        rights=(),
        row=view(ApprovalWorkflow),
        arguments=lambda key: f'id: "{key}"',
        then=unless_tried_out,
        shows=RUNS,
    ),
    "press_job_button": Verb(
        rights=(("run", Job),),
        row=view(JobButton),
        arguments=lambda key: (
            f'id: "{key}", object_model_name: "jobsmith.tag", object_pk: "{a_tag()}"'
        ),
        decide=unless_pressable,
        shows=RUNS,
    ),
    "update_job": Verb(
        rights=(("change", Job),),
        row=("change", Job),
        arguments=lambda key: f'id: "{key}", enabled: false',
    ),
    "sync_git_repository": Verb(
        rights=(("change", GitRepository),),
        row=("change", GitRepository),
        arguments=lambda key: f'id: "{key}"',
    ),
}


def refusal(world: World, role: Role, verb: Verb, row: Row | None) -> str | None:
    """The code that the answer must carry; None where the verb must act."""
    if not all(oracle.has(role, *right) for right in verb.rights):
        return NOT_ALLOWED
    if verb.decide:
        return verb.decide(world, role, row)
    if row is None or not oracle.reaches(role, verb.row[0], row):
        return NOT_FOUND
    return verb.then(world, role, row)


def everything_of(root: str) -> str:
    """All plain fields of a root field's type and of whatever hangs on it, one level deep."""
    found = _type(schema().query_type, root)
    return f"{{ {' '.join(_fields(found, 1))} }}"


def _fields(kind: GraphQLObjectType, levels: int) -> Iterator[str]:
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if not isinstance(below, GraphQLObjectType):
            yield name
        elif levels:
            yield f"{name} {{ {' '.join(_fields(below, levels - 1))} }}"


def is_list(root: str) -> bool:
    """Whether a root field answers with many rows."""
    query = schema().query_type
    assert query
    return isinstance(query.fields[root].type, GraphQLList)


def _type(parent: Any, name: str) -> GraphQLObjectType:
    found = get_named_type(parent.fields[name].type)
    assert isinstance(found, GraphQLObjectType)
    return found
