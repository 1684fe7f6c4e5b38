"""Which records can be asked for, and which of their fields."""

from django.urls import reverse

from jobsmith import policies
from jobsmith.filters import runs_told
from jobsmith.filters.approvals import (
    APPROVALS,
    DEFINITIONS,
    RESPONSES,
    STAGE_DEFINITIONS,
    STAGES,
)
from jobsmith.filters.labels import wire_label, wire_name
from jobsmith.filters.tables import (
    ASSIGNMENTS,
    CALENDARS,
    CHANGES,
    JOBS,
    LOGS,
    QUEUES,
    REPOSITORIES,
    RESULTS,
    SCHEDULES,
    TAGS,
)
from jobsmith.models import (
    KEEPING_FIELDS,
    OVERRIDABLE_FIELDS,
    ApprovalWorkflow,
    ApprovalWorkflowDefinition,
    ApprovalWorkflowStage,
    ApprovalWorkflowStageDefinition,
    ApprovalWorkflowStageResponse,
    BlackoutCalendar,
    GitRepository,
    Job,
    JobLogEntry,
    JobQueue,
    JobQueueAssignment,
    JobResult,
    ObjectChange,
    ScheduledJob,
    Tag,
)

from . import told
from .kind import CUSTOM, Kind, Many, scoped
from .kind_of_rules import RULE
from .triggers import TRIGGERS

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        *TRIGGERS,
        Kind(
            name="job",
            plural="jobs",
            model=Job,
            table=JOBS,
            rows=policies.jobs,
            route="job-detail",
            columns=(
                *("id", "created", "last_updated", "module_name", "job_class_name", "grouping"),
                *("name", "description", "installed", "enabled", "is_job_hook_receiver"),
                *("is_job_button_receiver", "has_sensitive_variables", "is_singleton"),
                *("console_log_default", "hidden", "dryrun_default", "read_only"),
                *("soft_time_limit", "time_limit", "supports_dryrun", "source"),
                *KEEPING_FIELDS,
                *("concurrency_limit", "concurrency_key", "concurrency_when_full", "max_retries"),
                "approval_required",
            ),
            heavy=frozenset({"declared"}),
            one={"default_job_queue": "job_queue", "git_repository": "git_repository"},
            many={
                "tags": Many(kind="tag", via="tags", many_to_many=True),
                "job_queues": Many(kind="job_queue", via="job_queues", many_to_many=True),
                "job_queue_assignments": Many(kind="job_queue_assignment", via="job"),
                "job_results": Many(kind="job_result", via="job_model"),
                "job_hooks": Many(kind="job_hook", via="job"),
                "job_webhooks": Many(kind="job_webhook", via="job"),
                "jobbutton_set": Many(kind="job_button", via="job"),
                "scheduled_jobs": Many(kind="scheduled_job", via="job_model"),
            },
            flags={
                **{f"{name}_override": told.flag(name) for name in OVERRIDABLE_FIELDS},
                "task_queues_override": told.flag("job_queues"),
            },
            texts={"class_path": lambda job: job.class_path},
            words={"task_queues": lambda job: [each.name for each in job.job_queues.all()]},
            needs={"task_queues": "job_queues"},
            blank=CUSTOM,
            empty={"dynamic_groups": "DynamicGroupType"},
        ),
        Kind(
            name="job_result",
            plural="job_results",
            model=JobResult,
            table=RESULTS,
            rows=policies.results,
            route="job-result-detail",
            columns=(
                *("id", "name", "task_name", "date_created", "date_started", "date_done"),
                *("status", "result", "worker", "task_args", "task_kwargs", "celery_kwargs"),
                *("traceback", "meta", "debug_log_count", "success_log_count"),
                *("info_log_count", "warning_log_count", "error_log_count"),
                *("canceled_by_user_name", "cancel_type", "date_canceled", "cause"),
                *("cause_detail", "progress_done", "progress_total", "progress_text"),
                *("waiting_reason", "priority", "source_label", "isolation", "pinned"),
                *("attempt", "class_path", "source", "source_digest", "door"),
                *("max_retries", "attempts"),
            ),
            people=("user", "canceled_by"),
            told={
                "task_kwargs": runs_told.task_kwargs,
                "celery_kwargs": runs_told.celery_kwargs,
                "meta": runs_told.meta,
                "attempts": runs_told.attempts,
            },
            needs={"celery_kwargs": "job_queue"},
            blank=CUSTOM,
            heavy=frozenset({"result", "traceback", "sealed_kwargs", "meta"}),
            one={
                "job_model": "job",
                "scheduled_job": "scheduled_job",
                "approval": "approval_workflow",
                "job_queue": "job_queue",
                "rerun_of": "job_result",
            },
            many={"job_log_entries": Many(kind="job_log_entry", via="job_result")},
        ),
        Kind(
            name="job_log_entry",
            plural="job_log_entries",
            model=JobLogEntry,
            table=LOGS,
            rows=policies.log_entries,
            route="job-log-detail",
            columns=(
                *("id", "log_level", "grouping", "message", "created", "log_object"),
                *("absolute_url", "seq"),
            ),
            one={"job_result": "job_result"},
        ),
        Kind(
            name="scheduled_job",
            plural="scheduled_jobs",
            model=ScheduledJob,
            table=SCHEDULES,
            rows=scoped(ScheduledJob),
            route="scheduled-job-detail",
            columns=(
                *("id", "name", "task", "interval", "crontab", "args", "kwargs", "one_off"),
                *("start_time", "state", "state_reason", "enabled", "last_run_at"),
                *("total_run_count", "date_changed", "description", "celery_kwargs"),
                *("time_zone", "decision_date", "misfire", "next_due_at", "priority"),
                *("overlap", "end_time", "pause_after_failures", "every_minutes", "rrule"),
                *("jitter_seconds", "blackout", "held_until"),
            ),
            texts={"queue": lambda row: str(row.celery_kwargs.get("queue", ""))},
            people=("user",),
            one={"job_model": "job", "job_queue": "job_queue"},
            many={
                "blackout_calendars": Many(
                    kind="blackout_calendar", via="scheduled_jobs", many_to_many=True
                ),
                "jobresult_set": Many(kind="job_result", via="scheduled_job"),
                "associated_approval_workflows": Many(
                    kind="approval_workflow", via="scheduled_job"
                ),
            },
        ),
        Kind(
            name="blackout_calendar",
            plural="blackout_calendars",
            model=BlackoutCalendar,
            table=CALENDARS,
            rows=scoped(BlackoutCalendar),
            route="blackout-calendar-detail",
            columns=(
                *("id", "created", "last_updated", "name", "description", "time_zone", "windows"),
            ),
        ),
        Kind(
            name="job_queue",
            plural="job_queues",
            model=JobQueue,
            table=QUEUES,
            rows=policies.queues,
            route="job-queue-detail",
            columns=(
                *("id", "created", "last_updated", "name", "description", "queue_type"),
                *("state", "state_by", "state_since"),
            ),
            blank=CUSTOM,
            many={
                "tags": Many(kind="tag", via="tags", many_to_many=True),
                "jobs": Many(kind="job", via="jobs", many_to_many=True),
                "job_assignments": Many(kind="job_queue_assignment", via="job_queue"),
                "default_for_jobs": Many(kind="job", via="default_job_queue"),
            },
        ),
        Kind(
            name="job_queue_assignment",
            plural="job_queue_assignments",
            model=JobQueueAssignment,
            table=ASSIGNMENTS,
            rows=policies.assignments,
            route="job-queue-assignment-detail",
            columns=("id",),
            one={"job": "job", "job_queue": "job_queue"},
        ),
        Kind(
            name="git_repository",
            plural="git_repositories",
            model=GitRepository,
            table=REPOSITORIES,
            rows=scoped(GitRepository),
            route="git-repository-detail",
            columns=(
                *("id", "created", "last_updated", "name", "slug", "remote_url", "branch"),
                *("current_head", "provided_contents", "username", "host_key", "poll_seconds"),
                *("next_poll_at", "looked_at", "look_failure", "isolation", "subfolder"),
            ),
            flags={f"has_{name}": told.has(column) for name, column in told.SEALED.items()},
            texts={"webhook_url": lambda row: reverse("jobsmith:git_hook", args=[row.pk])},
            people=("owner",),
            blank=CUSTOM,
            many={
                "tags": Many(kind="tag", via="tags", many_to_many=True),
                "jobs": Many(kind="job", via="git_repository"),
            },
        ),
        RULE,
        Kind(
            name="tag",
            plural="tags",
            model=Tag,
            table=TAGS,
            rows=scoped(Tag),
            route="tag-detail",
            columns=("id", "created", "last_updated", "name", "color", "description"),
            words={"content_types": told.kinds},
            needs={"content_types": "content_types"},
            blank=CUSTOM,
            many={"jobs": Many(kind="job", via="jobs", many_to_many=True)},
        ),
        Kind(
            name="object_change",
            plural="object_changes",
            model=ObjectChange,
            table=CHANGES,
            rows=scoped(ObjectChange),
            route="object-change-detail",
            columns=(
                *("id", "time", "user_name", "request_id", "action", "changed_object_id"),
                *("change_context", "change_context_detail", "object_repr", "before", "after"),
                *("related_object_id", "seal_number", "seal"),
            ),
            texts={
                "changed_object_type": lambda row: wire_name(row.object_label),
                "related_object_type": told.kind("related_object_type"),
            },
            needs={"related_object_type": "related_object_type"},
            people=("user",),
            heavy=frozenset({"before", "after"}),
        ),
        Kind(
            name="approval_workflow_definition",
            plural="approval_workflow_definitions",
            model=ApprovalWorkflowDefinition,
            table=DEFINITIONS,
            rows=scoped(ApprovalWorkflowDefinition),
            route="approval-workflow-definition-detail",
            columns=("id", "created", "last_updated", "name", "model_constraints", "weight"),
            texts={"model_content_type": told.kind("model_content_type")},
            needs={"model_content_type": "model_content_type"},
            blank=CUSTOM,
            many={
                "approval_workflow_stage_definitions": Many(
                    kind="approval_workflow_stage_definition", via="approval_workflow_definition"
                ),
                "approval_workflows": Many(
                    kind="approval_workflow", via="approval_workflow_definition"
                ),
            },
        ),
        Kind(
            name="approval_workflow_stage_definition",
            plural="approval_workflow_stage_definitions",
            model=ApprovalWorkflowStageDefinition,
            table=STAGE_DEFINITIONS,
            rows=scoped(ApprovalWorkflowStageDefinition),
            route="approval-workflow-stage-definition-detail",
            columns=(
                *("id", "created", "last_updated", "sequence", "name", "min_approvers"),
                "denial_message",
            ),
            texts={"approver_group": told.group},
            needs={"approver_group": "approver_group"},
            blank=CUSTOM,
            one={"approval_workflow_definition": "approval_workflow_definition"},
        ),
        Kind(
            name="approval_workflow",
            plural="approval_workflows",
            model=ApprovalWorkflow,
            table=APPROVALS,
            rows=policies.requests,
            route="approval-workflow-detail",
            columns=(
                *("id", "created", "last_updated", "object_under_review_object_id"),
                *("current_state", "decision_date", "user_name", "name", "state_reason"),
                *("expires_at", "digest", "frozen"),
            ),
            texts={"object_under_review_content_type": lambda _row: wire_label(ScheduledJob)},
            people=("user",),
            blank=CUSTOM,
            one={
                "approval_workflow_definition": "approval_workflow_definition",
                "scheduled_job": "scheduled_job",
                "job_model": "job",
            },
            many={
                "approval_workflow_stages": Many(
                    kind="approval_workflow_stage", via="approval_workflow"
                ),
                "job_results": Many(kind="job_result", via="approval"),
            },
        ),
        Kind(
            name="approval_workflow_stage",
            plural="approval_workflow_stages",
            model=ApprovalWorkflowStage,
            table=STAGES,
            rows=scoped(ApprovalWorkflowStage),
            route="approval-workflow-stage-detail",
            columns=(
                *("id", "created", "last_updated", "state", "decision_date", "sequence", "name"),
                *("min_approvers", "denial_message", "by_right"),
            ),
            texts={"approver_group": told.group},
            needs={"approver_group": "approver_group"},
            blank=CUSTOM,
            one={
                "approval_workflow": "approval_workflow",
                "approval_workflow_stage_definition": "approval_workflow_stage_definition",
            },
            many={
                "approval_workflow_stage_responses": Many(
                    kind="approval_workflow_stage_response", via="approval_workflow_stage"
                ),
            },
        ),
        Kind(
            name="approval_workflow_stage_response",
            plural="approval_workflow_stage_responses",
            model=ApprovalWorkflowStageResponse,
            table=RESPONSES,
            rows=scoped(ApprovalWorkflowStageResponse),
            route="approval-workflow-stage-response-detail",
            columns=("id", "comments", "state", "user_name", "last_updated"),
            people=("user",),
            one={"approval_workflow_stage": "approval_workflow_stage"},
        ),
    )
}
