"""``jobsmith schedules``: jobs that run by the clock."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import click

from jobsmith import policies
from jobsmith.actions.delete_schedule import delete_schedule
from jobsmith.actions.edit_schedule import edit_schedule, edited_inputs, runnable_job
from jobsmith.actions.priority import HIGHEST, LOWEST
from jobsmith.actions.run_form import spec_of
from jobsmith.actions.save_schedule import (
    NO_FILES,
    pause_schedule,
    resume_schedule,
    run_schedule_now,
    save_schedule,
    skip_next_due,
)
from jobsmith.actions.timing import Blackout, Interval, Misfire, Overlap, read_timing, repeats
from jobsmith.actions.transfer_schedule import receiver, transfer_schedule
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, ScheduledJob
from jobsmith.policies import Actor

from .arguments import read_inputs
from .finding import find_job, find_schedule
from .people import acting_user, user_option
from .run import filled_form, following_options, priority_option, see_through
from .showing import console, table

LATER = [each for each in Interval.values if each != Interval.IMMEDIATELY]


@click.group()
def schedules() -> None:
    """List, make, edit, pause, resume, skip, run, transfer and delete schedules."""


@schedules.command("list")
@click.option("--requests", is_flag=True, help="Also what was asked for at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_schedules(requests: bool, as_json: bool, username: str) -> None:
    """List schedules, by name; `jobsmith approvals list` has what was asked for at once."""
    user = acting_user(username)
    rows = _rows(user).order_by("name")
    rows = rows if requests else rows.filter(asked={})
    if as_json:
        click.echo(json.dumps([_as_dict(each) for each in rows]))
        return
    lines = [[each[key] or "" for key in SHOWN] for each in map(_as_dict, rows)]
    console().print(table("Name", "State", "Next due", "Repeats", "Zone", "By", rows=lines))


@schedules.command("add")
@click.argument("job")
@click.argument("inputs", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--name", required=True, help="No two schedules have the same.")
@click.option("--interval", type=click.Choice(LATER), default="custom", show_default=True)
@click.option("--start", default="", help="Nothing is due before: 2030-01-31T18:00.")
@click.option("--crontab", default="", help="Of custom: five fields.")
@click.option("--every", default="", help="In place of a crontab: so many minutes.")
@click.option("--rrule", default="", help="In place of a crontab: FREQ=MONTHLY;BYDAY=-1FR.")
@click.option("--jitter", default="", help="Start up to so many seconds late.")
@click.option("--blackout", "calendars", multiple=True, help="A calendar; may be given again.")
@click.option("--held", is_flag=True, help="Run after a blackout what was due in it.")
@click.option("--zone", default="", help="Whose wall clock it goes by: Europe/Berlin.")
@click.option("--missed", type=click.Choice(Misfire.values), default="run_once", show_default=True)
@click.option(
    "--overlap",
    type=click.Choice(Overlap.values),
    default="allow",
    show_default=True,
    help="What becomes of due times before the last run has ended.",
)
@click.option("--end", default="", help="Nothing is due after it: 2030-12-31T18:00.")
@click.option("--pause-after", default="", help="Pause it after so many failures in a row.")
@click.option("--data", "data_file", default="", help="A file of JSON inputs; - reads stdin.")
@click.option("--queue", default="", help="One of the job's queues.")
@priority_option
@user_option
def add_schedule(
    job: str,
    inputs: tuple[str, ...],
    data_file: str,
    queue: str,
    priority: int,
    held: bool,
    username: str,
    **when: Any,
) -> None:
    """Have JOB (module.Class, id or name) run by the clock; prints the schedule's id.

    Inputs are given as for run. Exit codes: 2 bad input, 3 refused.
    """
    user = acting_user(username)
    found = find_job(job, user=user)
    asked = {WORDS.get(name, name): value for name, value in when.items()}
    asked["blackout"] = Blackout.RUN_AFTER if held else ""
    timing = read_timing(asked)
    with filled_form(found, inputs, data_file, user=user) as form:
        if timing is not None:
            clean = form.clean_inputs
            made = save_schedule(
                found, user=user, inputs=clean, timing=timing, queue=queue, priority=priority
            )
            click.echo(str(made.pk))


@schedules.command("edit")
@click.argument("schedule")
@click.argument("inputs", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--data", "data_file", default="", help="A file of JSON inputs; - reads stdin.")
@click.option("--priority", type=click.IntRange(LOWEST, HIGHEST), help="Left out, it stays.")
@user_option
def edit(
    schedule: str,
    inputs: tuple[str, ...],
    data_file: str,
    priority: int | None,
    username: str,
) -> None:
    """Change what SCHEDULE runs with: inputs that are not named stay, and it does not run now."""
    user = acting_user(username)
    policies.require(user, "run", Job)
    found = find_schedule(schedule, user=user, right="change")
    values, files = read_inputs(spec_of(runnable_job(found, user)), inputs, data_file)
    for file in files.values():
        file.close()
    if files:
        raise InputsRefused({name: [NO_FILES] for name in files})
    clean = edited_inputs(found, values, user=user)
    edit_schedule(found, user=user, inputs=clean, priority=priority)


@schedules.command("pause")
@click.argument("schedule")
@user_option
def pause(schedule: str, username: str) -> None:
    """Switch SCHEDULE (a name or an id) off until it is resumed."""
    user = acting_user(username)
    pause_schedule(find_schedule(schedule, user=user, right="change"), user=user)


@schedules.command("resume")
@click.argument("schedule")
@user_option
def resume(schedule: str, username: str) -> None:
    """Switch SCHEDULE on again; what was due in the pause is not made up for."""
    user = acting_user(username)
    resume_schedule(find_schedule(schedule, user=user, right="change"), user=user)


@schedules.command("skip")
@click.argument("schedule")
@user_option
def skip(schedule: str, username: str) -> None:
    """Let the next due time of SCHEDULE pass without a run."""
    user = acting_user(username)
    skip_next_due(find_schedule(schedule, user=user, right="change"), user=user)


@schedules.command("run")
@click.argument("schedule")
@following_options
@user_option
def run_now(schedule: str, wait: bool, as_json: bool, username: str) -> None:
    """Run the job of SCHEDULE with its inputs once more, now, in your name."""
    user = acting_user(username)
    policies.require(user, "run", Job)
    found = find_schedule(schedule, user=user, right="view")
    result = run_schedule_now(found, user=user, door="cli")
    see_through(result, user=user, wait=wait, as_json=as_json)


@schedules.command("transfer")
@click.argument("schedule")
@click.option("--to", default="", help="In whose name it shall run; left out, in yours.")
@user_option
def transfer(schedule: str, to: str, username: str) -> None:
    """Have SCHEDULE run in another user's name, or in yours; it does not run now."""
    user = acting_user(username)
    policies.require(user, "run", Job)
    found = find_schedule(schedule, user=user, right="change")
    transfer_schedule(found, user=user, to=receiver(to, user=user))


@schedules.command("delete")
@click.argument("schedule")
@user_option
def delete(schedule: str, username: str) -> None:
    """Delete SCHEDULE; the runs that it started stay."""
    user = acting_user(username)
    delete_schedule(find_schedule(schedule, user=user, right="delete"), user=user)


WORDS = {
    "start": "start_time",
    "end": "end_time",
    "every": "every_minutes",
    "jitter": "jitter_seconds",
    "calendars": "blackout_calendars",
    "zone": "time_zone",
    "missed": "misfire",
    "pause_after": "pause_after_failures",
}
"""Options that are called otherwise at the other doors."""
SHOWN = ("name", "state", "next_due_at", "repeats", "time_zone", "user")


def _rows(user: Actor) -> Any:
    policies.require(user, "view", ScheduledJob)
    return policies.viewable(ScheduledJob, user).select_related("user")


def _as_dict(row: ScheduledJob) -> dict[str, Any]:
    due = row.next_due_at.astimezone(ZoneInfo(row.time_zone)) if row.next_due_at else None
    return {
        "id": str(row.pk),
        "name": row.name,
        "job": row.task,
        "state": row.state if row.enabled or row.state != "active" else "paused",
        "state_reason": row.state_reason,
        "next_due_at": due.isoformat(timespec="seconds") if due else None,
        "repeats": repeats(row),
        "time_zone": row.time_zone,
        "user": str(row.user) if row.user else None,
        "total_run_count": row.total_run_count,
    }
