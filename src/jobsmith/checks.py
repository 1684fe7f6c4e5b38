"""System checks: what is wrong with the settings, before it hurts."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from jobsmith.conf import conf

SQLITE = "django.db.backends.sqlite3"
SQLITE_HINT = (
    'Set DATABASES[...]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 5, '
    '"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}.'
)


@register()
def check_settings(**_: Any) -> list[CheckMessage]:
    """Keys of ``settings.JOBSMITH`` that mean nothing, and a folder that cannot be read."""
    try:
        root = conf().jobs_root
    except (ImproperlyConfigured, TypeError) as error:
        return [Error(str(error), id="jobsmith.E001")]
    if root is not None and not os.access(root, os.R_OK | os.X_OK):
        hint = 'Make the folder, or change JOBSMITH["JOBS_ROOT"].'
        return [Warning(f"{root} is not a folder that can be read.", hint, id="jobsmith.W001")]
    return []


@register(Tags.database)
def check_sqlite(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """SQLite's defaults fail as soon as a job and a page write at the same time."""
    return [
        Warning(
            f"The SQLite database {alias!r} has no {', '.join(missing)}: "
            "runs and pages that write at the same time will fail.",
            SQLITE_HINT,
            id="jobsmith.W002",
        )
        for alias in databases or ()
        if (missing := _missing(dict(settings.DATABASES[alias])))
    ]


def _missing(database: Mapping[str, Any]) -> list[str]:
    """What a SQLite database lacks."""
    if database["ENGINE"] != SQLITE:
        return []
    options = database.get("OPTIONS", {})
    wal = "journal_mode=wal" in str(options.get("init_command", "")).replace(" ", "").lower()
    wanted = {
        "transaction_mode IMMEDIATE": options.get("transaction_mode") == "IMMEDIATE",
        "timeout": "timeout" in options,
        "journal_mode WAL": wal,
    }
    return [name for name, is_set in wanted.items() if not is_set]
