"""``jobsmith sync``: read the job sources again."""

import click

from jobsmith.actions.sync_jobs import sync_jobs

from .printing import printable
from .problems import found_problems


@click.command()
def sync() -> None:
    """Read all job sources and bring the records in line.

    Exit code 1 when a source has an error; what could be read is in use nevertheless.
    """
    sync_jobs()
    problems = found_problems()
    for problem in problems:
        click.echo(printable(f"{problem.severity}: {problem.sentence}"), err=True)
    click.echo("The job records are up to date.")
    raise SystemExit(int(any(each.is_error for each in problems)))
