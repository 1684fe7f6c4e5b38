"""``jobsmith workers``: what takes runs."""

import json
from typing import Any

import click

from jobsmith import policies
from jobsmith.actions.drain_worker import drain_worker, resume_worker
from jobsmith.errors import NotFound
from jobsmith.filters.queues_told import Busy, living, with_ended
from jobsmith.models import Worker
from jobsmith.policies import Actor

from .people import acting_user, user_option
from .showing import console, table


@click.group()
def workers() -> None:
    """List, drain and resume workers."""


@workers.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "ended", is_flag=True, help="List those that have ended, too.")
@user_option
def list_workers(as_json: bool, ended: bool, username: str) -> None:
    """List workers that live, by name."""
    user = acting_user(username)
    seen = set(policies.queues(user).values_list("name", flat=True))
    found = [_as_dict(each, seen) for each in (with_ended(user) if ended else living(user))]
    if as_json:
        click.echo(json.dumps(found))
        return
    lines = [
        [
            each["name"],
            each["state"],
            f"{each['busy']} of {each['slots']}",
            each["version"],
            ", ".join(each["queues"]),
            each["outdated"] or each["last_words"] or each["note"],
        ]
        for each in found
    ]
    console().print(table("Worker", "State", "Busy", "Version", "Queues", "Says", rows=lines))


@workers.command("drain")
@click.argument("worker")
@user_option
def drain(worker: str, username: str) -> None:
    """Have WORKER (a name or an id) take nothing more; its runs go on."""
    user = acting_user(username)
    drain_worker(_find(worker, user), user=user)


@workers.command("resume")
@click.argument("worker")
@user_option
def resume(worker: str, username: str) -> None:
    """Have WORKER take runs again."""
    user = acting_user(username)
    resume_worker(_find(worker, user), user=user)


def _find(text: str, user: Actor) -> Worker:
    policies.require(user, "change", Worker)
    rows = policies.scoped(Worker, user, "change").filter(stopped_at=None)
    named = [each for each in rows.order_by("-started_at") if text in (each.name, str(each.pk))]
    if not named:
        raise NotFound(f"There is no worker {text}. `jobsmith workers list` lists them.")
    return named[0]


def _as_dict(each: Busy, seen: set[str]) -> dict[str, Any]:
    worker = each.worker
    return {
        "id": str(worker.pk),
        "name": worker.name,
        "state": worker.state,
        "draining": worker.draining,
        "version": worker.version,
        "outdated": worker.outdated,
        "note": worker.note,
        "last_words": worker.ended_because,
        "started_at": worker.started_at.isoformat(),
        "beat_at": worker.beat_at.isoformat(),
        "stopped_at": worker.stopped_at.isoformat() if worker.stopped_at else None,
        "slots": worker.slots,
        "busy": each.busy,
        "queues": [name for name in worker.queues if name in seen],
    }
