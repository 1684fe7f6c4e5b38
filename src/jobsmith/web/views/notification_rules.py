"""Notification rules, and what became of their messages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from jobsmith import policies
from jobsmith.actions.notifications import retry_delivery, try_rule
from jobsmith.actions.save_rule import create_rule, update_rule
from jobsmith.actions.stale import Seen
from jobsmith.errors import CannotDeliver
from jobsmith.filters.notifications import RULES
from jobsmith.models import NotificationDelivery, NotificationRule
from jobsmith.policies import Actor

from ..page import page
from ..records import RecordForm, RecordPages
from .permissions import BoxesField

SHOWN = 20
SECRETS = ("url", "signing_key")
KEPT = "Empty keeps the one that there is."


class RuleForm(RecordForm):
    """A rule. What is secret is typed and never shown again."""

    events = BoxesField(label="Tell when", choices=NotificationRule.Event.choices)
    url = forms.CharField(
        required=False,
        label="Address",
        max_length=2000,
        widget=forms.TextInput(attrs={"class": "jsm-in mono", "spellcheck": "false"}),
        help_text="Of a webhook (https://…), or of a service as Apprise writes it. Kept sealed.",
    )
    signing_key = forms.CharField(
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="A webhook's receiver checks by it that we sent the message. Kept sealed.",
    )

    class Meta:
        model = NotificationRule
        fields = ("name", "enabled", "jobs", "own_only", "channel", "users", "groups")
        labels = {"jobs": "Only these jobs", "own_only": "Only my own", "channel": "How"}
        help_texts = {
            "enabled": "Otherwise it tells nobody anything.",
            "jobs": "None means all.",
            "own_only": "Only runs, requests and schedules of whoever saved the rule last.",
            "users": "Recipients of mail and of what is told in Jobsmith.",
            "groups": "Their members are told, too.",
        }

    def __init__(self, data: Any = None, *, row: NotificationRule, user: Actor) -> None:
        super().__init__(data, row=row, user=user)
        self.order_fields(("name", "events", "jobs", "own_only", "channel", "users", "groups"))
        self.order_fields((*list(self.fields)[:7], *SECRETS, "enabled"))
        self.initial["events"] = row.events
        for name in SECRETS:
            if row.sealed_url:
                self.fields[name].help_text = f"{self.fields[name].help_text} {KEPT}"

    @property
    def values(self) -> dict[str, Any]:
        """Secrets only where they were typed."""
        return {name: each for name, each in super().values.items() if name not in SECRETS or each}


class RulePages(RecordPages[NotificationRule]):
    """Notification rules."""

    model = NotificationRule
    form_class = RuleForm
    table = RULES
    name = "notification_rule"
    list_name = place = "notification_rules"
    one, many = "notification rule", "notification rules"
    lead = "Who is told when runs end, approvals are wanted, or something stands still."
    gone = "It tells nobody anything more, and what it told is gone, too."
    rows_template = "notifications/rules.html"
    side_template = "notifications/facts.html"

    def listed(self, rows: QuerySet[NotificationRule], user: Actor) -> QuerySet[NotificationRule]:
        """With their owners."""
        return rows.select_related("owner")

    def row_facts(self, rows: list[NotificationRule], user: Actor) -> Mapping[str, Any]:
        """Each with what it tells of, in words."""
        return {"entries": [(row, [each.replace("_", " ") for each in row.events]) for row in rows]}

    def facts(self, row: NotificationRule, user: Actor) -> Mapping[str, Any]:
        """What became of its last messages."""
        rows = list(policies.deliveries(user).filter(rule=row).order_by("-id")[:SHOWN])
        names = policies.names_in_sight({each.user_id for each in rows}, user)
        return {
            "deliveries": [(each, names.get(each.user_id, "")) for each in rows],
            "may_send": policies.scoped(NotificationRule, user, "change")
            .filter(pk=row.pk)
            .exists(),
        }

    def add(self, request: HttpRequest, values: dict[str, Any]) -> NotificationRule:
        """Add it."""
        return create_rule(user=request.user, values=values)

    def change(
        self, request: HttpRequest, row: NotificationRule, values: dict[str, Any], seen: Seen
    ) -> NotificationRule:
        """Change it."""
        return update_rule(row, user=request.user, values=values, seen=seen)


@page
@require_POST
def rule_test(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Have a trial sent."""
    policies.require(request.user, "change", NotificationRule)
    rows = policies.scoped(NotificationRule, request.user, "change")
    row = policies.find(rows, pk=pk)
    count = len(try_rule(row, user=request.user))
    said = f"A test is on its way to {count} recipient{'' if count == 1 else 's'}."
    messages.success(request, said, fail_silently=True)
    return redirect("jobsmith:notification_rule", pk=row.pk)


@page
@require_POST
def delivery_retry(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Send one message again."""
    policies.require(request.user, "change", NotificationRule)
    row: NotificationDelivery = policies.find(
        policies.deliveries(request.user, "change").select_related("rule"), pk=pk
    )
    try:
        retry_delivery(row, user=request.user)
        messages.success(request, "It is sent again now.", fail_silently=True)
    except CannotDeliver as error:
        messages.error(request, error.message, fail_silently=True)
    return redirect("jobsmith:notification_rule", pk=row.rule_id)
