"""``jobsmith queues``: where runs wait, and whether they are taken."""

import json
from typing import Any

import click
from django.utils import timezone

from jobsmith import policies
from jobsmith.actions.queue_state import drain_queue, pause_queue, resume_queue
from jobsmith.filters.queues_told import Load, loads
from jobsmith.models import JobQueue

from .finding import find_queue
from .people import acting_user, user_option
from .showing import console, table

COLUMNS = ("Queue", "State", "Workers", "Busy", "Running", "Waiting", "Oldest")


@click.group()
def queues() -> None:
    """List, pause, drain and resume queues."""


@queues.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_queues(as_json: bool, username: str) -> None:
    """List queues, by name, with their workers and what waits."""
    user = acting_user(username)
    policies.require(user, "view", JobQueue)
    rows = list(policies.queues(user).order_by("name"))
    found = loads(rows, user)
    if as_json:
        click.echo(json.dumps([_as_dict(each, found[each.pk]) for each in rows]))
        return
    lines = [_line(each, found[each.pk]) for each in rows]
    console().print(table(*COLUMNS, rows=lines))


@queues.command("pause")
@click.argument("queue")
@user_option
def pause(queue: str, username: str) -> None:
    """Have nothing taken from QUEUE (a name or an id); runs are accepted and wait."""
    user = acting_user(username)
    pause_queue(find_queue(queue, user=user, right="change"), user=user)


@queues.command("drain")
@click.argument("queue")
@user_option
def drain(queue: str, username: str) -> None:
    """Have QUEUE accept no new run; what waits in it is still taken."""
    user = acting_user(username)
    drain_queue(find_queue(queue, user=user, right="change"), user=user)


@queues.command("resume")
@click.argument("queue")
@user_option
def resume(queue: str, username: str) -> None:
    """Have QUEUE go on."""
    user = acting_user(username)
    resume_queue(find_queue(queue, user=user, right="change"), user=user)


def _line(row: JobQueue, load: Load) -> list[Any]:
    oldest = f"{timezone.localtime(load.oldest):%Y-%m-%d %H:%M:%S}" if load.oldest else ""
    busy = f"{load.busy} of {load.slots}"
    return [row.name, row.state, load.listening, busy, load.running, load.waiting, oldest]


def _as_dict(row: JobQueue, load: Load) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "state": row.state,
        "state_by": row.state_by,
        "state_since": row.state_since.isoformat() if row.state_since else None,
        "waiting": load.waiting,
        "running": load.running,
        "oldest_waiting": load.oldest.isoformat() if load.oldest else None,
        "workers": [
            {
                "name": each.worker.name,
                "slots": each.worker.slots,
                "busy": each.busy,
                "draining": each.worker.draining,
            }
            for each in load.workers
        ],
    }
