"""``jobsmith sync``: read the job sources again."""

import click

from jobsmith.actions.sync_jobs import sync_jobs

from .printing import printable
from .problems import found_problems

PARTLY = "The sources have errors; the job records follow what could be read."


@click.command()
def sync() -> None:
    """Read all job sources and bring the records in line.

    Exit code 1 when a source has an error; what could be read is in use nevertheless.
    """
    sync_jobs()
    problems = found_problems()
    for problem in problems:
        click.echo(printable(f"{problem.severity}: {problem.sentence}"), err=True)
    broken = any(each.is_error for each in problems)
    click.echo(PARTLY if broken else "The job records are up to date.")
    raise SystemExit(int(broken))
