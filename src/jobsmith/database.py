"""What a database says that is gone, busy or not set up."""

import logging

from django.db import OperationalError, ProgrammingError

from .errors import Busy, JobsmithError, NoDatabase, NotSetUp

logger = logging.getLogger(__name__)


def database_refusal(error: Exception) -> JobsmithError:
    """What one of `DATABASE_FAULTS` means; what passes by itself is Busy.

    The others are written to the log: waiting does not mend them. A query that no database
    would understand is a mistake of ours: its error is raised as it is.
    """
    said = str(error).lower()
    found: type[JobsmithError] = Busy
    if any(words in said for words in _NO_TABLE):
        found = NotSetUp
    elif isinstance(error, ProgrammingError):
        raise error
    elif any(words in said for words in _NO_ANSWER):
        found = NoDatabase
    if found is not Busy:
        logger.error("%s: %s", found.code, error)
    return found()


DATABASE_FAULTS = (OperationalError, ProgrammingError)
"""What a database raises that is gone, busy or not set up."""
_NO_TABLE = ("no such table", "no such column", "does not exist\nline ")
"""As SQLite and PostgreSQL tell it."""
_NO_ANSWER = ("connection", "unable to open database", "could not translate host", "resolve host")
