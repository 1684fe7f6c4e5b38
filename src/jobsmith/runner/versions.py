"""Whether newer code than this process runs has changed the database meanwhile."""

from pathlib import Path

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet

import jobsmith

_FOLDER = Path(jobsmith.__file__).parent / "migrations"
LATEST = max(each.stem for each in _FOLDER.glob("[0-9]*.py"))
"""The last migration that our code knows; read at the start, as an upgrade replaces the files."""


def newer() -> QuerySet[MigrationRecorder.Migration]:
    """Changes of the database that our code knows nothing of."""
    applied = MigrationRecorder.Migration.objects.filter(app="jobsmith", name__gt=LATEST)
    return applied.order_by("-name")


def outdated() -> str:
    """Why this process must not take runs any more; empty while nothing stands against it."""
    name = newer().values_list("name", flat=True).first()
    if name is None:
        return ""
    return f"The database is newer than this worker ({name[:100]}): it takes no runs. Restart it."
