"""``jobsmith sync``: read the job sources again."""

import click

from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.models import SourceProblem

from .printing import printable


@click.command()
def sync() -> None:
    """Read all job sources and bring the records in line.

    Exit code 1 when a source has an error; what could be read is in use nevertheless.
    """
    sync_jobs()
    problems = list(SourceProblem.objects.select_related("source"))
    for problem in problems:
        place = f"{problem.file}:{problem.line}" if problem.file else str(problem.source)
        click.echo(printable(f"{problem.severity}: {place}: {problem.message}"), err=True)
    click.echo("The job records are up to date.")
    raise SystemExit(int(any(each.severity == "error" for each in problems)))
