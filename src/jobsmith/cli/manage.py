"""Django's own commands under our name."""

import click
from django.core.management import call_command, execute_from_command_line

from jobsmith.actions.create_administrator import noted_administrators
from jobsmith.actions.sync_jobs import sync_jobs

from .preparing import needs_migration

_PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Any of Django's own commands: ``jobsmith manage dbshell``."""
    execute_from_command_line(["jobsmith manage", *arguments])


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def migrate(arguments: tuple[str, ...]) -> None:
    """Bring the database up to date, and the job records with it."""
    execute_from_command_line(["jobsmith", "migrate", *arguments])


@click.command(context_settings=_PASS_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def createsuperuser(arguments: tuple[str, ...]) -> None:
    """Make an administrator."""
    with noted_administrators():
        execute_from_command_line(["jobsmith", "createsuperuser", *arguments])


@click.command()
def post_upgrade() -> None:
    """After an upgrade: bring the database up to date, then read the job sources again."""
    if needs_migration():
        call_command("migrate", interactive=False)
    sync_jobs()
    click.echo("The database and the job records are up to date.")
