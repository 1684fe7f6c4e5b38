"""How a running job reaches the world outside its process."""

from typing import BinaryIO, Protocol


class PublishedFile(Protocol):
    """A file being written; closing it publishes it."""

    name: str
    url: str

    def write(self, data: bytes, /) -> int:
        """Add bytes."""
        ...

    def close(self) -> None:
        """Publish the file."""
        ...


class Handle(Protocol):
    """The one object through which a run logs, reports progress and makes files."""

    result_id: str
    user_id: str | None
    job_id: str | None
    job_page: str
    source_version: str
    attempt: int
    """From 1."""
    retry_on: frozenset[str]
    """Names of exceptions after which there will be another attempt."""

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the run to stop."""
        ...

    def log(
        self, *, level: str, message: str, grouping: str, obj: str, url: str, created: float
    ) -> None:
        """Record one log line; ``created`` is seconds since the epoch."""
        ...

    def progress(self, done: float, total: float | None, text: str) -> None:
        """Record how far the run has come."""
        ...

    def open_file(self, name: str, content_type: str = "") -> PublishedFile | BinaryIO:
        """Start a file of the run; the object returned has ``name`` and ``url``."""
        ...
