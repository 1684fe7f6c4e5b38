"""Notices changes of a folder by a cheap scan."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from jobsmith.errors import SourceBroken

from .trees import MAX_FILES, paths_below

Seen = tuple[str, int, int, int]


class FolderWatch:
    """Remembers how a folder looked."""

    def __init__(self, path: Path) -> None:
        """Look at the folder for the first time."""
        self._path = path
        self._seen = self._look()

    def changed(self) -> bool:
        """Whether the folder looks different from the last time."""
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def _look(self) -> frozenset[Seen]:
        with suppress(SourceBroken, OSError):
            return frozenset(self._files())
        return frozenset()

    def _files(self) -> Iterator[Seen]:
        for number, path in enumerate(paths_below(self._path)):
            if number > MAX_FILES:
                return
            with suppress(FileNotFoundError):
                found = path.lstat()
                yield str(path), found.st_mtime_ns, found.st_size, found.st_ino
