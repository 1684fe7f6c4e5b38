"""``jobsmith webhooks``: addresses at which other systems start jobs."""

import json
from typing import Any

import click
from django.urls import reverse

from jobsmith import policies
from jobsmith.actions.delete_record import delete_record
from jobsmith.actions.save_webhook import create_webhook, renew_secret, update_webhook
from jobsmith.errors import InputsRefused
from jobsmith.models import JobWebhook, JobWebhookDelivery
from jobsmith.models.job_webhook import SCHEMES
from jobsmith.received import read_json

from .finding import find_job, find_queue, find_webhook
from .people import acting_user, user_option
from .printing import printable
from .showing import console, table

COLUMNS = ("Name", "State", "Job", "Signed by", "Owner")
SHOWN = 100


@click.group()
def webhooks() -> None:
    """List, make, switch, look into and delete job webhooks."""


@webhooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_webhooks(as_json: bool, username: str) -> None:
    """List webhooks, by name."""
    user = acting_user(username)
    policies.require(user, "view", JobWebhook)
    rows = policies.viewable(JobWebhook, user).select_related("job", "owner").order_by("name")
    told = [_as_dict(each) for each in rows]
    if as_json:
        click.echo(json.dumps(told))
        return
    lines = [
        [
            each["name"],
            "on" if each["enabled"] else "off",
            each["job"],
            each["scheme"],
            each["owner"],
        ]
        for each in told
    ]
    console().print(table(*COLUMNS, rows=lines))


@webhooks.command("add")
@click.argument("name")
@click.argument("job")
@click.option("--input", "paths", multiple=True, help="NAME=/path/in/the/message. May repeat.")
@click.option("--set", "constants", multiple=True, help="NAME=JSON, always the same. May repeat.")
@click.option("--when", default="", help="Only messages with /path=JSON.")
@click.option("--scheme", type=click.Choice([word for word, _ in SCHEMES]), default="standard")
@click.option("--queue", default="", help="One of the job's queues.")
@click.option("--per-minute", default=60, show_default=True, help="Messages taken in a minute.")
@user_option
def add(
    name: str,
    job: str,
    paths: tuple[str, ...],
    constants: tuple[str, ...],
    when: str,
    username: str,
    **more: Any,
) -> None:
    """Let messages start JOB (module.Class, id or name) in your name.

    Prints the address and the secret, which is shown this once.
    """
    user = acting_user(username)
    policies.require(user, "add", JobWebhook)
    queue = more.pop("queue")
    values: dict[str, Any] = {
        "name": name,
        "job": find_job(job, user=user),
        "mapping": {
            **{key: {"path": path} for key, path in map(_pair, paths)},
            **{key: {"value": _json(key, text)} for key, text in map(_pair, constants)},
        },
        "condition": _condition(when) if when else {},
        "job_queue": find_queue(queue, user=user, right="view") if queue else None,
        **more,
    }
    row, secret = create_webhook(user=user, values=values)
    _tell(row, secret)


@webhooks.command("enable")
@click.argument("webhook")
@user_option
def enable(webhook: str, username: str) -> None:
    """Have WEBHOOK (a name or an id) take messages, from now on in your name."""
    _switch(webhook, username, True)


@webhooks.command("disable")
@click.argument("webhook")
@user_option
def disable(webhook: str, username: str) -> None:
    """Have WEBHOOK take no messages."""
    _switch(webhook, username, False)


@webhooks.command("renew-secret")
@click.argument("webhook")
@user_option
def renew(webhook: str, username: str) -> None:
    """Make another secret for WEBHOOK and print it, this once."""
    user = acting_user(username)
    _tell(*renew_secret(find_webhook(webhook, user=user, right="change"), user=user))


@webhooks.command("deliveries")
@click.argument("webhook")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def deliveries(webhook: str, as_json: bool, username: str) -> None:
    """List the last messages to WEBHOOK and what came of them, newest first."""
    user = acting_user(username)
    found = find_webhook(webhook, user=user, right="view")
    rows = policies.webhook_deliveries(user).filter(webhook=found)[:SHOWN]
    told = [_delivery_as_dict(each) for each in rows]
    if as_json:
        click.echo(json.dumps(told))
        return
    lines = [[printable(str(each[key] or "")) for key in _DELIVERY] for each in told]
    console().print(table("Received", "Delivery", "Outcome", "Run", "Said", rows=lines))


@webhooks.command("delete")
@click.argument("webhook")
@user_option
def delete(webhook: str, username: str) -> None:
    """Delete WEBHOOK; the runs that it started stay."""
    user = acting_user(username)
    delete_record(find_webhook(webhook, user=user, right="delete"), user=user)


_DELIVERY = ("received_at", "delivery_id", "outcome", "job_result", "said")


def _switch(webhook: str, username: str, on: bool) -> None:
    user = acting_user(username)
    found = find_webhook(webhook, user=user, right="change")
    update_webhook(found, user=user, values={"enabled": on})


def _tell(row: JobWebhook, secret: str) -> None:
    click.echo(reverse("jobsmith:job_hook", args=[row.pk]))
    click.echo(secret)


def _pair(text: str) -> tuple[str, str]:
    name, equals, rest = text.partition("=")
    if not equals:
        raise InputsRefused({"__all__": [f"{text!r} is not of the form name=value."]})
    return name, rest


def _json(name: str, text: str) -> Any:
    try:
        return read_json(text)
    except ValueError as error:
        raise InputsRefused({name: [f"This is not JSON: {error}."]}) from error


def _condition(text: str) -> dict[str, Any]:
    path, wanted = _pair(text)
    return {"path": path, "equals": _json("--when", wanted)}


def _as_dict(row: JobWebhook) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "enabled": row.enabled,
        "job": row.job.class_path,
        "scheme": row.scheme,
        "owner": str(row.owner) if row.owner else None,
        "address": reverse("jobsmith:job_hook", args=[row.pk]),
        "mapping": row.mapping,
        "condition": row.condition,
    }


def _delivery_as_dict(row: JobWebhookDelivery) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "received_at": row.received_at.isoformat(timespec="seconds"),
        "delivery_id": row.delivery_id,
        "outcome": row.outcome,
        "said": row.said,
        "job_result": str(row.job_result_id) if row.job_result_id else None,
        "scheduled_job": str(row.scheduled_job_id) if row.scheduled_job_id else None,
    }
