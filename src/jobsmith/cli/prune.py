"""``jobsmith prune``: delete runs that have been kept for long enough."""

import click

from jobsmith.actions.prune_results import prune_results, to_prune

from .printing import printable

FOR_EVER = float("inf")


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would be deleted.")
def prune(dry_run: bool) -> None:
    """Delete runs that have been kept for long enough, as the scheduler does all the time.

    KEEP_DAYS, KEEP_FAILED_DAYS and KEEP_RUNS of the settings say how long, and each job may say
    otherwise. Pinned runs and the newest of each job stay.
    """
    if not dry_run:
        click.echo(_runs(prune_results(seconds=FOR_EVER)) + " deleted.")
        return
    found = to_prune()
    for name, count in sorted(found.items()):
        click.echo(f"{count:>9}  {printable(name)}")
    click.echo(_runs(found.total()) + " would be deleted.")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"
