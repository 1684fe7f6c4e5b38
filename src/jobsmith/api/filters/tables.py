"""Which filters each list has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobLogEntry, JobQueue, ScheduledJob
from jobsmith.models.job import SCALAR_OVERRIDES

from .fields import (
    Filter,
    boolean,
    choice,
    key,
    moment,
    nothing,
    number,
    relation,
    relation_key,
    text,
)
from .flags import ALIASES, flag


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTable:
    """Filters by parameter name, and the columns that ``q`` searches."""

    filters: Mapping[str, Filter]
    search: tuple[str, ...] = ()
    aliases: Mapping[str, Any] = field(default_factory=dict)
    """Expressions that filters refer to."""


_ABSENT = {name: nothing() for name in ("tags", "contacts", "teams", "dynamic_groups")}
_STATUSES = [(status.value, status.value) for status in Status]

JOBS = FilterTable(
    aliases=ALIASES,
    search=("name", "grouping", "description"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("module_name", "job_class_name", "name", "grouping")},
        **{
            name: boolean(name)
            for name in (
                *("installed", "enabled", "has_sensitive_variables", "console_log_default"),
                *("dryrun_default", "hidden", "read_only", "is_job_hook_receiver"),
                *("is_job_button_receiver", "is_singleton"),
            )
        },
        **{name: number(name) for name in ("soft_time_limit", "time_limit")},
        **{f"{name}_override": flag(name) for name in SCALAR_OVERRIDES},
        "job_queues": relation("job_queues"),
        "created": moment("created"),
        "last_updated": moment("last_updated"),
        "source": choice("source", Job.SourceKind.choices),
        "git_repository": relation("git_repository"),
        **_ABSENT,
    },
)

RESULTS = FilterTable(
    search=("job_model__name", "name", "user__username", "scheduled_job__name"),
    filters={
        "id": key("id"),
        "name": text("name"),
        "status": choice("status", _STATUSES),
        **{name: moment(name) for name in ("date_created", "date_started", "date_done")},
        "user": relation_key("user"),
        "job_model": relation("job_model"),
        "job_model_id": relation_key("job_model"),
        "scheduled_job": relation("scheduled_job"),
        "cause": text("cause"),
        "source": choice("source", Job.SourceKind.choices),
        **_ABSENT,
    },
)

LOGS = FilterTable(
    search=("grouping", "message", "log_level"),
    filters={
        "id": key("id"),
        "job_result": relation_key("job_result"),
        "log_level": choice("log_level", JobLogEntry.Level.choices),
        **{name: text(name) for name in ("grouping", "message", "log_object", "absolute_url")},
        "created": moment("created"),
        "seq": number("seq"),
    },
)

QUEUES = FilterTable(
    search=("name", "description"),
    filters={
        "id": key("id"),
        "name": text("name"),
        "description": text("description"),
        "queue_type": choice("queue_type", JobQueue.Type.choices),
        "jobs": relation("jobs"),
        "created": moment("created"),
        "last_updated": moment("last_updated"),
        **_ABSENT,
        **{name: nothing() for name in ("tenant", "tenant_id", "tenant_group")},
    },
)

FILES = FilterTable(
    search=("name",),
    filters={
        "id": key("id"),
        "name": text("name"),
        "uploaded_at": moment("uploaded_at"),
        "job": relation("job_result__job_model"),
        "job_result_id": relation_key("job_result"),
    },
)

SCHEDULES = FilterTable(
    search=("name", "task", "description"),
    filters={
        "id": key("id"),
        "name": text("name"),
        "enabled": boolean("enabled"),
        "total_run_count": number("total_run_count"),
        "start_time": moment("start_time"),
        "last_run_at": moment("last_run_at"),
        "time_zone": text("time_zone"),
        "job_model": relation("job_model"),
        "job_model_id": relation_key("job_model"),
        "state": choice("state", ScheduledJob.State.choices),
    },
)

USERS = FilterTable(
    search=("username",),
    filters={"username": text("username"), "is_active": boolean("is_active")},
)
