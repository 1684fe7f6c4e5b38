"""Make a home folder ready to serve: database, job records, and the first administrator."""

import os

import click
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from jobsmith.actions.create_administrator import create_first_administrator
from jobsmith.actions.sync_jobs import sync_folder, sync_jobs


def prepare() -> bool:
    """Migrate if there is anything to migrate, then see to the administrator.

    Tells whether it migrated, which has synced the job records too.
    """
    refuse_broken_settings()
    migrated = needs_migration()
    if migrated:
        call_command("migrate", verbosity=0, interactive=False)
    _announce_administrator()
    return migrated


def refuse_broken_settings() -> None:
    """CommandError saying what is wrong with the settings, before anything is started by them."""
    found = [each for each in checks.run_checks(tags=["jobsmith"]) if each.is_serious()]
    if found:
        sentences = (f"{each.msg} {each.hint or ''}".strip() for each in found)
        raise CommandError("\n  ".join(sentences))


def needs_migration() -> bool:
    """Whether the database lacks a migration of the code that is installed."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def sync() -> int:
    """Read all sources again, in a process of its own; the exit code tells of problems."""
    connections.close_all()
    sync_jobs()
    return 0


def sync_the_folder() -> int:
    """Read the folder of jobs again, in a process of its own."""
    connections.close_all()
    sync_folder()
    return 0


def _announce_administrator() -> None:
    given = os.environ.get("JOBSMITH_ADMIN_PASSWORD", "")
    password = create_first_administrator(given)
    if password is None:
        return
    shown = "the one in JOBSMITH_ADMIN_PASSWORD" if given else password
    click.echo(f"\n  Sign in as   admin\n  Password     {shown}")
    if not given:
        click.echo("  It is shown this once. `jobsmith manage changepassword admin` changes it.")
    click.echo()
