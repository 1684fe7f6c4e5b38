"""Which filters each list has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobLogEntry, JobQueue, ObjectChange, ScheduledJob, Worker
from jobsmith.models.job import SCALAR_OVERRIDES

from .fields import (
    Filter,
    boolean,
    choice,
    key,
    kind,
    kinds,
    moment,
    nothing,
    number,
    own_key,
    present,
    relation,
    relation_key,
    relations,
    text,
)
from .flags import ALIASES, counted, flag, word


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTable:
    """Filters by parameter name, and the columns that ``q`` searches."""

    filters: Mapping[str, Filter]
    search: tuple[str, ...] = ()
    aliases: Mapping[str, Any] = field(default_factory=dict)
    """Expressions that filters refer to."""
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Orders that go without saying where a filter has one value: the log of one run."""


_ABSENT = {name: nothing() for name in ("tags", "contacts", "teams", "dynamic_groups")}
_USERNAME = get_user_model().USERNAME_FIELD
"""What the host's users are called by; the wire calls it ``username`` always."""
_ALWAYS_ACTIVE = (
    {}
    if any(each.name == "is_active" for each in get_user_model()._meta.get_fields())
    else {"is_active": Value(True)}
)
"""For hosts whose users cannot be switched off."""
TYPES = ("type_create", "type_update", "type_delete")
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
                *("is_job_button_receiver", "is_singleton", "approval_required"),
            )
        },
        **{
            name: number(name)
            for name in ("soft_time_limit", "time_limit", "concurrency_limit", "max_retries")
        },
        **{f"{name}_override": flag(name) for name in SCALAR_OVERRIDES},
        "job_queues": relations("job_queues"),
        "created": moment("created"),
        "last_updated": moment("last_updated"),
        "source": choice("source", Job.SourceKind.choices),
        "git_repository": relation("git_repository"),
        **_ABSENT,
        "tags": relations("tags"),
    },
)

RESULTS = FilterTable(
    search=("job_model__name", "name", f"user__{_USERNAME}", "scheduled_job__name"),
    filters={
        "id": key("id"),
        "name": text("name"),
        "status": choice("status", _STATUSES),
        **{name: moment(name) for name in ("date_created", "date_started", "date_done")},
        "user": relation_key("user"),
        "job_model": relation("job_model"),
        "job_model_id": relation_key("job_model"),
        "scheduled_job": relation("scheduled_job"),
        "job_queue": relation("job_queue"),
        "has_job_console_entries": counted("console_count"),
        "cause": text("cause"),
        "source": choice("source", Job.SourceKind.choices),
        **_ABSENT,
    },
)

LOGS = FilterTable(
    orders={"job_result": ("seq",)},
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
        "state": choice("state", JobQueue.State.choices),
        "jobs": relations("jobs"),
        "has_jobs": present("jobs"),
        "created": moment("created"),
        "last_updated": moment("last_updated"),
        **_ABSENT,
        "tags": relations("tags"),
        **{name: nothing() for name in ("tenant", "tenant_id", "tenant_group")},
    },
)

WORKERS = FilterTable(
    search=("name", "hostname"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("name", "hostname")},
        "kind": choice("kind", Worker.Kind.choices),
        "draining": boolean("draining"),
        "beat_at": moment("beat_at"),
        "stopped_at": moment("stopped_at"),
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
        "approval_state": replace(
            text("associated_approval_workflows__current_state", sortable=False), many=True
        ),
    },
)

USERS = FilterTable(
    search=(_USERNAME,),
    filters={
        "id": own_key(),
        "username": text(_USERNAME),
        "is_active": boolean("is_active"),
    },
    aliases=_ALWAYS_ACTIVE,
)

CALENDARS = FilterTable(
    search=("name", "description"),
    filters={"id": key("id"), "name": text("name"), "time_zone": text("time_zone")},
)

_DATES = {name: moment(name) for name in ("created", "last_updated")}

ASSIGNMENTS = FilterTable(
    search=("job__name", "job_queue__name"),
    filters={"id": key("id"), "job": relation("job"), "job_queue": relation("job_queue")},
)

TAGS = FilterTable(
    search=("name", "description"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("name", "color", "description")},
        **_DATES,
    },
)

NOTES = FilterTable(
    search=("note", "user_name"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("note", "user_name")},
        "user": relation_key("user"),
        "assigned_object_id": key("assigned_object_id"),
        **_DATES,
    },
)

REPOSITORIES = FilterTable(
    search=("name", "slug", "remote_url", "branch"),
    aliases={"provided_text": Cast("provided_contents", TextField())},
    filters={
        "id": key("id"),
        "provided_contents": word("provided_text"),
        **{name: text(name) for name in ("name", "slug", "remote_url", "branch", "current_head")},
        **_DATES,
        **_ABSENT,
        "tags": relations("tags"),
        **{name: nothing() for name in ("secrets_group", "secrets_group_id")},
    },
)

HOOKS = FilterTable(
    search=("name",),
    filters={
        "id": key("id"),
        "name": text("name"),
        "content_types": kinds("content_types"),
        **{name: boolean(name) for name in ("enabled", *TYPES)},
        "job": relation("job"),
        **_DATES,
        **{name: nothing() for name in ("contacts", "teams", "dynamic_groups")},
    },
)

WEBHOOKS = FilterTable(
    search=("name",),
    filters={
        "id": key("id"),
        "name": text("name"),
        "scheme": text("scheme"),
        "enabled": boolean("enabled"),
        "job": relation("job"),
        "job_queue": relation("job_queue"),
        **_DATES,
    },
)

BUTTONS = FilterTable(
    search=("name", "text", "group_name"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("name", "text", "group_name")},
        "button_class": text("button_class"),
        "content_types": kinds("content_types"),
        **{name: boolean(name) for name in ("enabled", "confirmation")},
        "job": relation("job"),
        "weight": number("weight"),
        **_DATES,
        **{name: nothing() for name in ("contacts", "teams", "dynamic_groups")},
    },
)

GRAPHQL_QUERIES = FilterTable(
    search=("name", "query"),
    filters={"id": key("id"), "name": text("name"), **_DATES},
)

CHANGES = FilterTable(
    search=("user_name", "object_repr"),
    filters={
        "id": key("id"),
        "user": relation("user", by=_USERNAME),
        "user_id": relation_key("user"),
        "user_name": text("user_name"),
        "request_id": key("request_id"),
        "action": choice("action", ObjectChange.Action.choices),
        "change_context": choice("change_context", ObjectChange.Context.choices),
        "change_context_detail": text("change_context_detail"),
        "changed_object_type": kind("object_label"),
        "changed_object_type_id": relation_key("changed_object_type"),
        "changed_object_id": text("changed_object_id"),
        "object_repr": text("object_repr"),
        "time": moment("time"),
    },
)

GROUPS = FilterTable(search=("name",), filters={"id": number("id"), "name": text("name")})

PERMISSIONS = FilterTable(
    search=("name", "description"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("name", "description")},
        "enabled": boolean("enabled"),
        "users": relations("users", by=_USERNAME),
        "groups": relations("groups"),
    },
)

TOKENS = FilterTable(
    search=("key", "description"),
    filters={
        "id": key("id"),
        **{name: text(name) for name in ("key", "description")},
        "write_enabled": boolean("write_enabled"),
        "user": relation("user", by=_USERNAME),
        **{name: moment(name) for name in ("created", "expires", "last_used")},
    },
)
