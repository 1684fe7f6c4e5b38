"""``jobsmith runs``: what ran, what runs, what waits."""

import json

import click
from django.utils import timezone

from jobsmith import policies
from jobsmith.lifecycle import Status
from jobsmith.models import JobResult

from .finding import find_job
from .people import acting_user, user_option
from .showing import as_dict, console, status_text, table


@click.command()
@click.option("--job", default="", help="Runs of this job only.")
@click.option("--status", type=click.Choice([each.value for each in Status], case_sensitive=False))
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@user_option
def runs(job: str, status: str | None, limit: int, as_json: bool, username: str) -> None:
    """List runs, newest first."""
    user = acting_user(username)
    policies.require(user, "view", JobResult)
    rows = policies.results(user).select_related("user")
    if job:
        rows = rows.filter(job_model=find_job(job, user=user))
    if status:
        rows = rows.filter(status=status)
    if as_json:
        click.echo(json.dumps([as_dict(each) for each in rows[:limit]]))
        return
    lines = [_line(each) for each in rows[:limit]]
    console().print(table("Run", "Job", "Status", "Created", "Took", "By", "Why", rows=lines))


def _line(result: JobResult) -> list[object]:
    took = f"{result.duration.total_seconds():.1f} s" if result.duration is not None else ""
    created = timezone.localtime(result.date_created)
    return [
        result.pk,
        result.name,
        status_text(result),
        f"{created:%Y-%m-%d %H:%M:%S}",
        took,
        result.user or "",
        _why(result),
    ]


def _why(result: JobResult) -> str:
    """Why it waits, or never ran to its end."""
    if result.status == Status.PENDING:
        return result.waiting_reason
    return result.cause_detail if result.status == Status.REVOKED else ""
