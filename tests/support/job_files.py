"""Folders of job files for tests."""

from pathlib import Path
from textwrap import dedent
from typing import Any

from django.conf import settings
from django.db import connection

from jobsmith.models import Job
from jobsmith.sources.base import SourceRef

PING = """
    from jobsmith.jobs import Job, register_jobs

    class Ping(Job):
        def run(self):
            return "pong"

    register_jobs(Ping)
"""


def job_file(name: str = "Ping", *, title: str = "", extra: str = "", meta: str = "") -> str:
    """A file with one registered job."""
    lines = [
        "from jobsmith.jobs import *",
        extra,
        f"class {name}(Job):",
        "    class Meta:",
        f"        name = {title or name!r}",
        *(f"        {each}" for each in meta.splitlines()),
        "    def run(self, **inputs):",
        f"        return {name!r}",
        f"register_jobs({name})",
    ]
    return "\n".join(lines) + "\n"


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files below the folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content))
    return root


def folder(root: Path) -> SourceRef:
    """The folder as a source."""
    return SourceRef(key="folder", kind=Job.SourceKind.LOCAL, title="jobs", path=root)


def jobsmith_settings(**changes: Any) -> dict[str, Any]:
    """``JOBSMITH`` with changes."""
    return {**settings.JOBSMITH, **changes}


def database_url() -> str:
    """The address of the test database, for processes that tests start."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    host, port = given["HOST"], given["PORT"]
    return f"postgres://{given['USER']}:{given['PASSWORD']}@{host}:{port}/{given['NAME']}"
