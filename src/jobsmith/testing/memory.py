"""A handle that keeps everything in memory."""

import io
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the run's log."""

    level: str
    message: str
    grouping: str
    object: str
    url: str


class MemoryFile(io.BytesIO):
    """A file of the run; its bytes are kept when it is closed."""

    def __init__(self, name: str, kept: dict[str, bytes]) -> None:
        super().__init__()
        self.name = name
        self.url = f"memory:{name}"
        self._kept = kept

    def close(self) -> None:
        """Keep the content."""
        if not self.closed:
            self._kept[self.name] = self.getvalue()
        super().close()


@dataclass(kw_only=True)
class MemoryHandle:
    """What a run said and made, for a test to look at."""

    result_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    user_id: str | None = None
    job_id: str | None = None
    job_page: str = ""
    source_version: str = "unknown"
    attempt: int = 1
    retry_on: frozenset[str] = frozenset()
    is_cancelled: bool = False
    logs: list[LogLine] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    steps: list[tuple[float, float | None, str]] = field(default_factory=list)

    @property
    def cancelled(self) -> bool:
        """Whether the test asked the run to stop."""
        return self.is_cancelled

    def log(
        self, *, level: str, message: str, grouping: str, obj: str, url: str, created: float
    ) -> None:
        """Keep the line."""
        self.logs.append(LogLine(level, message, grouping, obj, url))

    def progress(self, done: float, total: float | None, text: str) -> None:
        """Keep the step."""
        self.steps.append((done, total, text))

    def open_file(self, name: str, content_type: str = "") -> MemoryFile:
        """Start a file."""
        return MemoryFile(name, self.files)
