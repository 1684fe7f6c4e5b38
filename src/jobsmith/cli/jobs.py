"""``jobsmith jobs``: the catalogue."""

import json

import click
from rich.text import Text

from jobsmith import policies
from jobsmith.models import Job

from .people import acting_user, user_option
from .showing import console, table


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also hidden and uninstalled jobs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def jobs(everything: bool, as_json: bool, username: str) -> None:
    """List jobs in their groups."""
    user = acting_user(username)
    policies.require(user, "view", Job)
    rows = policies.jobs(user)
    if not everything:
        rows = rows.filter(installed=True, hidden=False)
    if as_json:
        click.echo(json.dumps([_as_dict(job) for job in rows]))
        return
    lines = [[job.grouping, job.name, job.class_path, _state(job)] for job in rows]
    console().print(table("Group", "Job", "Class", "State", rows=lines))


def _state(job: Job) -> Text:
    if not job.installed:
        return Text("not installed", style="red")
    return Text("enabled", style="green") if job.enabled else Text("disabled", style="dim")


def _as_dict(job: Job) -> dict[str, object]:
    return {
        "id": str(job.pk),
        "class_path": job.class_path,
        "name": job.name,
        "grouping": job.grouping,
        "description": job.description,
        "enabled": job.enabled,
        "installed": job.installed,
        "source": job.source,
    }
