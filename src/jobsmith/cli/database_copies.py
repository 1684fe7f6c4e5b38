"""Copy the database into a file while it serves, and back into an empty one."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click
from django.db import connection, connections


class NoCopy(click.ClickException):
    """The database cannot be copied."""

    exit_code = 1


def copy_to(file: Path) -> None:
    """Write the database as it is at one moment; raises NoCopy."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(file)])
    else:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(file))


def copy_from(file: Path) -> None:
    """Fill the database, which must be empty, all of it or nothing; raises NoCopy."""
    refuse_full()
    if connection.vendor == "sqlite":
        target = Path(connection.settings_dict["NAME"])
        connections.close_all()
        for rest in ("", "-wal", "-shm"):
            Path(f"{target}{rest}").unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(file, target)
    else:
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        _run("pg_restore", *words, str(file))


def refuse_full() -> None:
    """Raise NoCopy where the database has tables already."""
    if connection.introspection.table_names():
        raise NoCopy(
            "The database is not empty. Name an empty one in DATABASE_URL, or a new JOBSMITH_HOME."
        )


def _run(program: str, *words: str) -> None:
    """Call a program of PostgreSQL's; the password is in no argument, which others could read."""
    found = shutil.which(program)
    if found is None:
        raise NoCopy(f"{program} is not installed. Install the client programs of PostgreSQL.")
    told = subprocess.run(  # noqa: S603 - our own command line
        [found, *words, *_whereabouts()],
        env={**os.environ, "PGPASSWORD": str(connection.settings_dict["PASSWORD"] or "")},
        capture_output=True,
        text=True,
    )
    if told.returncode:
        raise NoCopy(f"{program} ended with {told.returncode}: {told.stderr.strip()[-500:]}")


def _whereabouts() -> Sequence[str]:
    database = connection.settings_dict
    given = {"--host": "HOST", "--port": "PORT", "--username": "USER"}
    words = [f"{word}={database[key]}" for word, key in given.items() if database[key]]
    return [*words, f"--dbname={database['NAME']}"]
