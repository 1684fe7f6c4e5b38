"""One ``jobsmith up`` for each home folder."""

import fcntl
from pathlib import Path
from typing import IO

import click


class AlreadyUp(click.ClickException):
    """Another ``jobsmith up`` serves this home folder."""

    exit_code = 1


def claim(home: Path) -> IO[str]:
    """Hold the home folder as long as this process lives; raises AlreadyUp.

    The lock is the process's own: children do not inherit it, and it goes with a kill.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (home / "up.lock").open("a", encoding="utf-8")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        said = f"Another `jobsmith up` serves {home} already."
        raise AlreadyUp(f"{said} End it first, or set JOBSMITH_HOME to another folder.") from error
    return file
