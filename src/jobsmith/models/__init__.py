"""What is recorded: one file a record, no behaviour beyond the row."""

from .approval_workflow import ApprovalState, ApprovalWorkflow
from .approval_workflow_definition import ApprovalWorkflowDefinition
from .approval_workflow_stage import ApprovalWorkflowStage
from .approval_workflow_stage_definition import ApprovalWorkflowStageDefinition
from .approval_workflow_stage_response import ApprovalWorkflowStageResponse
from .blackout_calendar import BlackoutCalendar
from .concurrency_slot import ConcurrencySlot
from .due_time import DueTime
from .git_repository import GitRepository
from .graphql_query import GraphQLQuery
from .hook_firing import HookFiring
from .idempotency_key import IdempotencyKey
from .job import KEEPING_FIELDS, OVERRIDABLE_FIELDS, Job, effective
from .job_button import JobButton
from .job_console_entry import JobConsoleEntry
from .job_file import JobFile
from .job_hook import JobHook
from .job_log_entry import JobLogEntry
from .job_queue import JobQueue, JobQueueAssignment
from .job_result import JobResult
from .job_webhook import JobWebhook
from .job_webhook_delivery import JobWebhookDelivery
from .note import Note
from .notification_delivery import NotificationDelivery
from .notification_event import NotificationEvent
from .notification_rule import NotificationRule
from .object_change import ObjectChange
from .object_permission import ObjectPermission
from .scheduled_job import ScheduledJob
from .sign_in_failure import SignInFailure
from .source import Source, SourceProblem, SourceTree
from .tag import Tag
from .tally import Tally
from .token import Token
from .worker import Worker, WorkerQuerySet

__all__ = [
    "ApprovalState",
    "ApprovalWorkflow",
    "ApprovalWorkflowDefinition",
    "ApprovalWorkflowStage",
    "ApprovalWorkflowStageDefinition",
    "ApprovalWorkflowStageResponse",
    "BlackoutCalendar",
    "ConcurrencySlot",
    "DueTime",
    "GitRepository",
    "GraphQLQuery",
    "HookFiring",
    "IdempotencyKey",
    "Job",
    "JobButton",
    "JobConsoleEntry",
    "JobFile",
    "JobHook",
    "JobLogEntry",
    "JobQueue",
    "JobQueueAssignment",
    "JobResult",
    "JobWebhook",
    "JobWebhookDelivery",
    "Note",
    "NotificationDelivery",
    "NotificationEvent",
    "NotificationRule",
    "KEEPING_FIELDS",
    "OVERRIDABLE_FIELDS",
    "ObjectChange",
    "ObjectPermission",
    "ScheduledJob",
    "SignInFailure",
    "Source",
    "SourceProblem",
    "SourceTree",
    "Tag",
    "Tally",
    "Token",
    "Worker",
    "WorkerQuerySet",
    "effective",
]
