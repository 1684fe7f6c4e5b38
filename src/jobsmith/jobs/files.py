"""Files that a run makes, and files that lie next to its code."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from .handle import Handle

PIECE = 64 * 1024
Content = str | bytes | Iterable[str | bytes]


class JobFileWriter:
    """A file of the run being written; text is stored as UTF-8. Closing it publishes it."""

    def __init__(
        self,
        handle: Handle,
        name: str,
        *,
        max_bytes: int,
        content_type: str = "",
        published: Callable[["JobFileWriter"], None],
    ) -> None:
        self._file = handle.open_file(_plain_name(name), content_type)
        self._published = published
        self._left = self._max_bytes = max_bytes
        self.name = name
        self.url = str(getattr(self._file, "url", ""))
        self.closed = False

    def write(self, data: str | bytes) -> int:
        """Add text or bytes; ValueError when the file grows over the limit."""
        raw = data.encode() if isinstance(data, str) else bytes(data)
        self._left -= len(raw)
        if self._left < 0:
            raise ValueError(f"A file of a job may hold {self._max_bytes} bytes at most.")
        for start in range(0, len(raw), PIECE):
            self._file.write(raw[start : start + PIECE])
        return len(data)

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        """Add each of the lines."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is kept back."""

    def writable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Publish the file."""
        if not self.closed:
            self.closed = True
            self._file.close()
            self._published(self)

    def __enter__(self) -> "JobFileWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def fill(file: JobFileWriter, content: Any) -> None:
    """Write all of the content: text, bytes, an open file, or pieces of either."""
    if isinstance(content, str | bytes | bytearray | memoryview):
        file.write(content if isinstance(content, str) else bytes(content))
    elif callable(getattr(content, "read", None)):
        while piece := content.read(PIECE):
            file.write(piece)
    else:
        file.writelines(content)


def _plain_name(name: str) -> str:
    if not isinstance(name, str) or not name or name in {".", ".."}:
        raise ValueError("A file of a job needs a name.")
    if "/" in name or "\\" in name or "\x00" in name:
        raise ValueError(f"A file of a job may not lie in a folder: {name!r:.100}.")
    return name


def load_yaml(folder: Path, name: str) -> Any:
    """The content of a YAML file next to the job's code, read by the safe loader."""
    with (folder / name).open(encoding="utf-8") as stream:
        return yaml.safe_load(stream)


def load_json(folder: Path, name: str) -> Any:
    """The content of a JSON file next to the job's code."""
    with (folder / name).open(encoding="utf-8") as stream:
        return json.load(stream)
