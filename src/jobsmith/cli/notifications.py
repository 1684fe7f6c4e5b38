"""``jobsmith notifications``: what one was told, and what became of messages."""

import json
from datetime import datetime
from typing import Any

import click
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.notifications import mark_read, retry_delivery, try_rule
from jobsmith.models import NotificationDelivery, NotificationRule

from .finding import find_delivery, find_rule
from .people import acting_user, user_option
from .showing import console, table

MOST = 50


@click.group()
def notifications() -> None:
    """Read what you were told, and look after notification rules."""


@notifications.command("list")
@click.option("--unread", is_flag=True, help="Only what is new.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_notifications(unread: bool, as_json: bool, username: str) -> None:
    """List what the user was told in Jobsmith, newest first."""
    rows = policies.notifications(acting_user(username)).order_by("-id")
    found = list((rows.filter(read_at=None) if unread else rows)[:MOST])
    if as_json:
        click.echo(json.dumps([_told(each) for each in found]))
        return
    lines = [
        [_when(each.event.happened_at), each.event.facts["title"], "" if each.read_at else "new"]
        for each in found
    ]
    console().print(table("When", "What", "", rows=lines))


@notifications.command("read")
@user_option
def read(username: str) -> None:
    """Mark all as read."""
    click.echo(f"{mark_read(user=acting_user(username))} marked as read.")


@notifications.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_rules(as_json: bool, username: str) -> None:
    """List notification rules, by name."""
    user = acting_user(username)
    policies.require(user, "view", NotificationRule)
    rows = list(policies.viewable(NotificationRule, user).order_by("name"))
    if as_json:
        click.echo(json.dumps([_rule(each) for each in rows]))
        return
    lines = [
        [each.name, ", ".join(each.events), each.channel, "on" if each.enabled else "off"]
        for each in rows
    ]
    console().print(table("Rule", "Tells of", "How", "", rows=lines))


@notifications.command("deliveries")
@click.argument("rule")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_deliveries(rule: str, as_json: bool, username: str) -> None:
    """List what became of the last messages of RULE (a name or an id)."""
    user = acting_user(username)
    of = find_rule(rule, user=user, right="view")
    rows = policies.deliveries(user).filter(rule=of).order_by("-id").select_related("user")
    found = list(rows[:MOST])
    names = policies.names_in_sight({each.user_id for each in found}, user)
    if as_json:
        click.echo(json.dumps([_delivery(each, names) for each in found]))
        return
    lines = [
        [
            *(str(each.pk), each.event.facts["title"], names.get(each.user_id) or of.address),
            *(each.state, each.attempts, each.last_error),
        ]
        for each in found
    ]
    console().print(table("Id", "What", "To", "State", "Attempts", "Error", rows=lines))


@notifications.command("test")
@click.argument("rule")
@user_option
def test(rule: str, username: str) -> None:
    """Have a trial sent to all whom RULE (a name or an id) tells."""
    user = acting_user(username)
    count = len(try_rule(find_rule(rule, user=user, right="change"), user=user))
    click.echo(f"A test is on its way to {count} recipient{'' if count == 1 else 's'}.")


@notifications.command("retry")
@click.argument("delivery")
@user_option
def retry(delivery: str, username: str) -> None:
    """Send DELIVERY (an id) now, as if for the first time."""
    user = acting_user(username)
    retry_delivery(find_delivery(delivery, user=user), user=user)


def _when(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _told(row: NotificationDelivery) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "happened_at": row.event.happened_at.isoformat(),
        **row.event.facts,
        "read_at": row.read_at.isoformat() if row.read_at else None,
    }


def _rule(row: NotificationRule) -> dict[str, Any]:
    names = ("name", "enabled", "events", "own_only", "channel", "address")
    return {"id": str(row.pk), **{name: getattr(row, name) for name in names}}


def _delivery(row: NotificationDelivery, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "title": row.event.facts.get("title", ""),
        "user": names.get(row.user_id),
        **{name: getattr(row, name) for name in ("state", "attempts", "last_error")},
    }
