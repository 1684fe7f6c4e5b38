"""Modules of a tree are loaded from their source: compiled code could say something else."""

import sys
from collections.abc import Callable
from importlib.abc import PathEntryFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path

_folders: set[Path] = set()


class SourceOnlyLoader(SourceFileLoader):
    """Neither reads nor writes compiled code."""

    def path_stats(self, path: str) -> dict[str, float]:
        """Without these the import system compiles the source, and keeps nothing of it."""
        raise OSError


def read_sources_only(folder: Path) -> None:
    """From now on, have this process compile what it imports from below the folder."""
    if folder in _folders:
        return
    if not _folders:
        sys.path_hooks.insert(0, _hook)
    _folders.add(folder)
    for path in [each for each in sys.path_importer_cache if _is_below(each)]:
        del sys.path_importer_cache[path]


def _hook(path: str) -> PathEntryFinder:
    if not _is_below(path):
        raise ImportError
    return _finder(path)


def _is_below(path: str) -> bool:
    return any(Path(path).is_relative_to(each) for each in _folders)


_finder: Callable[[str], PathEntryFinder] = FileFinder.path_hook(
    (ExtensionFileLoader, EXTENSION_SUFFIXES), (SourceOnlyLoader, SOURCE_SUFFIXES)
)
