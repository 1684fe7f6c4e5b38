"""Kinds of record that start jobs though nobody asks for a run: hooks, webhooks and buttons."""

from django.urls import reverse

from jobsmith.filters.tables import BUTTONS, HOOKS, WEBHOOKS
from jobsmith.models import JobButton, JobHook, JobWebhook

from . import told
from .kind import CUSTOM, Kind, scoped

TRIGGERS = (
    Kind(
        name="job_hook",
        plural="job_hooks",
        model=JobHook,
        table=HOOKS,
        rows=scoped(JobHook),
        route="job-hook-detail",
        columns=(
            *("id", "created", "last_updated", "name", "enabled", "type_create"),
            *("type_update", "type_delete", "changed_fields"),
        ),
        blank=CUSTOM,
        one={"job": "job"},
        words={"content_types": told.kinds},
        needs={"content_types": "content_types"},
    ),
    Kind(
        name="job_webhook",
        plural="job_webhooks",
        model=JobWebhook,
        table=WEBHOOKS,
        rows=scoped(JobWebhook),
        route="job-webhook-detail",
        columns=(
            *("id", "created", "last_updated", "name", "enabled", "scheme", "mapping"),
            *("condition", "per_minute"),
        ),
        one={"job": "job", "job_queue": "job_queue"},
        texts={"webhook_url": lambda row: reverse("jobsmith:job_hook", args=[row.pk])},
        people=("owner",),
    ),
    Kind(
        name="job_button",
        plural="job_buttons",
        model=JobButton,
        table=BUTTONS,
        rows=scoped(JobButton),
        route="job-button-detail",
        columns=(
            *("id", "created", "last_updated", "name", "enabled", "text", "weight"),
            *("group_name", "button_class", "confirmation"),
        ),
        one={"job": "job"},
        words={"content_types": told.kinds},
        needs={"content_types": "content_types"},
    ),
)
