"""``jobsmith sync``: read the job sources again, or fetch a Git repository."""

import click

from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.actions.sync_repository import sync_repository

from .finding import find_repository
from .people import acting_user, user_option
from .printing import printable
from .problems import found_problems
from .run import follow

PARTLY = "The sources have errors; the job records follow what could be read."


@click.command()
@click.argument("repository", default="")
@click.option("--dry-run", is_flag=True, help="Of a repository: tell what would be done.")
@user_option
def sync(repository: str, dry_run: bool, username: str) -> None:
    """Read all job sources and bring the records in line; with the name of a Git REPOSITORY
    fetch that, in a run that is followed to its end.

    Exit code 1 when a source has an error; what could be read is in use nevertheless.
    """
    if not repository:
        if dry_run:
            raise click.UsageError("--dry-run goes with the name of a repository.")
        raise SystemExit(_sync_all())
    user = acting_user(username)
    row = find_repository(repository, user=user, right="change")
    result = sync_repository(row, user=user, dry_run=dry_run, door="cli")
    raise SystemExit(follow(result, user=user))


def _sync_all() -> int:
    sync_jobs()
    problems = found_problems()
    for problem in problems:
        click.echo(printable(f"{problem.severity}: {problem.sentence}"), err=True)
    broken = any(each.is_error for each in problems)
    click.echo(PARTLY if broken else "The job records are up to date.")
    return int(broken)
