"""The kinds of lines that a run leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from jobsmith import policies
from jobsmith.models import JobConsoleEntry, JobLogEntry, JobResult
from jobsmith.policies import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A kind of lines."""

    name: str
    model: type[Model]
    reach: Callable[[Actor, JobResult], QuerySet[Any]]
    """The lines of a run that somebody may see."""
    text: str
    level: str
    columns: tuple[str, ...]
    """Number, time, level and text, then what else there is."""
    waits: tuple[str, ...]
    """The same in a row that waits on disk."""
    searched: tuple[str, ...]
    """Columns in which a text is looked for."""
    counter: str


LOG = Feed(
    name="log",
    model=JobLogEntry,
    reach=policies.logs,
    text="message",
    level="log_level",
    columns=("seq", "created", "log_level", "message", "log_object", "grouping", "absolute_url"),
    waits=("seq", "created", "level", "message", "object", "grouping", "url"),
    searched=("message", "log_object", "grouping"),
    counter="log_count",
)
CONSOLE = Feed(
    name="console",
    model=JobConsoleEntry,
    reach=policies.console,
    text="text",
    level="output_type",
    columns=("seq", "timestamp", "output_type", "text"),
    waits=("seq", "created", "type", "text"),
    searched=("text",),
    counter="console_count",
)
FEEDS = {feed.name: feed for feed in (LOG, CONSOLE)}
