"""Notices changes of a folder by a cheap scan: names, sizes and times, and no contents."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from .belonging import VENV_MARK, file_belongs, folder_belongs
from .trees import MAX_DEPTH, MAX_FILES

Seen = tuple[str, int, int, int]

SOONEST = 0.2
"""Seconds between two looks at the least."""
SHARE = 30
"""A look that takes long is followed by a pause of so many times that, so that a large folder
costs a few hundredths of a processor."""


class FolderWatch:
    """Remembers how a folder looked."""

    def __init__(self, path: Path) -> None:
        """Look at the folder for the first time."""
        self._path = path
        self.pause = SOONEST
        """Seconds that are to pass before the next look."""
        self._seen = self._look()

    def changed(self) -> bool:
        """Whether the folder looks different from the last time."""
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def _look(self) -> frozenset[Seen]:
        began = time.thread_time()
        try:
            return frozenset(islice(_files(str(self._path)), MAX_FILES + 1))
        except OSError:
            return frozenset()
        finally:
            self.pause = max(SOONEST, SHARE * (time.thread_time() - began))


def _files(folder: str, depth: int = 0) -> Iterator[Seen]:
    """What belongs to the tree of code, as `trees` reads it."""
    with os.scandir(folder) as entries:
        found = list(entries)
    if depth > MAX_DEPTH or (depth and any(each.name == VENV_MARK for each in found)):
        return
    for each in found:
        if each.is_dir(follow_symlinks=False):
            if folder_belongs(each.name):
                with suppress(FileNotFoundError, PermissionError):
                    yield from _files(each.path, depth + 1)
        elif file_belongs(each.name):
            with suppress(FileNotFoundError):
                told = each.stat(follow_symlinks=False)
                yield each.path, told.st_mtime_ns, told.st_size, told.st_ino
