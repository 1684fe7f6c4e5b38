"""Job webhooks, and what came of their messages."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.save_webhook import create_webhook, renew_secret, update_webhook
from jobsmith.actions.stale import Seen
from jobsmith.filters.tables import WEBHOOKS
from jobsmith.models import JobResult, JobWebhook, JobWebhookDelivery
from jobsmith.policies import Actor

from ..page import page
from ..paging import paged
from ..records import RecordForm, RecordPages, SaidJSONField

SHOWN = 10


class WebhookForm(RecordForm):
    """A job webhook."""

    mapping = SaidJSONField(
        required=False,
        label="Inputs",
        help_text='By name: {"path": "/repository/name"} takes it from the message, with a '
        '"default" if you like; {"value": 3} is always the same.',
    )
    condition = SaidJSONField(
        required=False,
        label="Only when",
        help_text='{"path": "/action", "equals": "opened"}. Empty means any message.',
    )

    class Meta:
        model = JobWebhook
        fields = (
            *("name", "job", "mapping", "condition", "scheme", "job_queue", "per_minute"),
            "enabled",
        )
        labels = {
            "scheme": "Signed by",
            "job_queue": "Queue",
            "per_minute": "Messages a minute",
        }
        help_texts = {
            "job_queue": "One of the job's queues. Empty means its default.",
            "scheme": "Standard Webhooks sign the time, too, so that nobody can send a message "
            "again later.",
        }

    def __init__(self, data: Any = None, *, row: JobWebhook, user: Actor) -> None:
        """Empty objects are shown as nothing."""
        super().__init__(data, row=row, user=user)
        for name in ("mapping", "condition"):
            self.fields[name].widget.attrs["rows"] = 6 if name == "mapping" else 3
            self.initial[name] = self.initial.get(name) or None

    @property
    def values(self) -> dict[str, Any]:
        """Empty JSON is an empty object."""
        found = super().values
        return {**found, **{name: found[name] or {} for name in ("mapping", "condition")}}


class WebhookPages(RecordPages[JobWebhook]):
    """Job webhooks."""

    model = JobWebhook
    form_class = WebhookForm
    table = WEBHOOKS
    name = "webhook"
    list_name = place = "webhooks"
    one, many = "job webhook", "job webhooks"
    lead = "Addresses at which other systems start a job by a signed message."
    gone = "Its address takes no more messages. The runs that it started stay."
    rows_template = "webhooks/rows.html"
    side_template = "webhooks/facts.html"

    def row_facts(self, rows: list[JobWebhook], user: Actor) -> Mapping[str, Any]:
        """With their jobs, as far as the viewer may see them."""
        keys = [each.job_id for each in rows]
        jobs = {each.pk: each for each in policies.jobs(user).filter(pk__in=keys)}
        return {"entries": [{"row": row, "job": jobs.get(row.job_id)} for row in rows]}

    def facts(self, row: JobWebhook, user: Actor) -> Mapping[str, Any]:
        """Where messages go to, and what came of the last ones."""
        rows = list(policies.webhook_deliveries(user).filter(webhook=row)[:SHOWN])
        return {
            "hook_address": reverse("jobsmith:job_hook", args=[row.pk]),
            "deliveries": told(rows, user),
        }

    def add(self, request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
        """Add it, and show its secret at once: a redirect would have to keep it somewhere."""
        return self._made(request, *create_webhook(user=request.user, values=values))

    def change(
        self, request: HttpRequest, row: JobWebhook, values: dict[str, Any], seen: Seen
    ) -> JobWebhook:
        """Change it."""
        return update_webhook(row, user=request.user, values=values, seen=seen)

    def renew(self, request: HttpRequest, pk: str) -> HttpResponseBase:
        """Make another secret, and show that."""
        self.require(request.user, "change")
        row = self._find(self.rows(request.user, "change"), pk)
        return self._made(request, *renew_secret(row, user=request.user))

    def log(self, request: HttpRequest, pk: str) -> HttpResponse:
        """What came of all its messages that are kept, newest first."""
        self.require(request.user, "view")
        row = self._find(self.rows(request.user), pk)
        found = paged(
            request, policies.webhook_deliveries(request.user).filter(webhook=row), size=50
        )
        context = {"page": found, "deliveries": told(list(found.rows), request.user)}
        return self._show(request, "webhooks/log.html", {"row": row, **context})

    def urls(self, prefix: str) -> list[URLPattern]:
        """The usual addresses, the log of messages, and that of a new secret."""
        renew, log = page(require_POST(self.renew)), page(self.log)
        return [
            *super().urls(prefix),
            path(f"{prefix}<str:pk>/renew-secret/", renew, name="webhook_renew"),
            path(f"{prefix}<str:pk>/deliveries/", log, name="webhook_log"),
        ]

    def _made(self, request: HttpRequest, row: JobWebhook, secret: str) -> HttpResponse:
        path = reverse("jobsmith:job_hook", args=[row.pk])
        address = request.build_absolute_uri(path)
        context = {"row": row, "secret": secret, "hook_address": address}
        return self._show(request, "webhooks/made.html", context)


def told(rows: list[JobWebhookDelivery], user: Actor) -> list[dict[str, Any]]:
    """Messages with what they came to, as far as the viewer may see it."""
    runs = policies.results(user).filter(pk__in=[each.job_result_id for each in rows])
    asked = policies.requests(user).order_by("created")
    asked = asked.filter(scheduled_job__in=[each.scheduled_job_id for each in rows])
    found: dict[Any, JobResult] = {each.pk: each for each in runs}
    requests = {each.scheduled_job_id: each for each in asked}  # the newest of each
    return [
        {
            "row": row,
            "run": found.get(row.job_result_id),
            "request": requests.get(row.scheduled_job_id) if row.scheduled_job_id else None,
        }
        for row in rows
    ]
