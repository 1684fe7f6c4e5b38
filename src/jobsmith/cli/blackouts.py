"""``jobsmith blackouts``: calendars of times at which nothing starts by the clock."""

import json
from typing import Any

import click

from jobsmith import policies
from jobsmith.actions.save_calendar import create_calendar, delete_calendar, update_calendar
from jobsmith.models import BlackoutCalendar

from .finding import find_calendar
from .people import acting_user, user_option
from .showing import console, table

WINDOW = "Such as 'fri 18:00 to mon 06:00'; may be given again."


@click.group()
def blackouts() -> None:
    """List, make, edit and delete calendars of blackouts."""


@blackouts.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def list_calendars(as_json: bool, username: str) -> None:
    """List calendars, by name."""
    user = acting_user(username)
    policies.require(user, "view", BlackoutCalendar)
    rows = policies.viewable(BlackoutCalendar, user).order_by("name")
    if as_json:
        click.echo(json.dumps([_as_dict(each) for each in rows]))
        return
    lines = [[each.name, each.time_zone, ", ".join(each.windows)] for each in rows]
    console().print(table("Name", "Zone", "Windows", rows=lines))


@blackouts.command("add")
@click.argument("name")
@click.option("--window", "windows", multiple=True, required=True, help=WINDOW)
@click.option("--zone", default="UTC", help="Whose wall clock it goes by: Europe/Berlin.")
@user_option
def add(name: str, windows: tuple[str, ...], zone: str, username: str) -> None:
    """Make a calendar called NAME; prints its id."""
    values = {"name": name, "windows": list(windows), "time_zone": zone}
    click.echo(str(create_calendar(user=acting_user(username), values=values).pk))


@blackouts.command("edit")
@click.argument("calendar")
@click.option("--window", "windows", multiple=True, help=f"In place of all others. {WINDOW}")
@click.option("--zone", default="", help="Whose wall clock it goes by; left out, it stays.")
@user_option
def edit(calendar: str, windows: tuple[str, ...], zone: str, username: str) -> None:
    """Change the windows of CALENDAR (a name or an id), or its zone."""
    user = acting_user(username)
    values = {"windows": list(windows), "time_zone": zone}
    given = {name: value for name, value in values.items() if value}
    found = find_calendar(calendar, user=user, right="change")
    update_calendar(found, user=user, values=given)


@blackouts.command("delete")
@click.argument("calendar")
@user_option
def delete(calendar: str, username: str) -> None:
    """Delete CALENDAR, which no schedule may keep to."""
    user = acting_user(username)
    delete_calendar(find_calendar(calendar, user=user, right="delete"), user=user)


def _as_dict(row: BlackoutCalendar) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "time_zone": row.time_zone,
        "windows": row.windows,
    }
