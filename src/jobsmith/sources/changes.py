"""What changed from one version of a source's code to another, line by line."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .trees import paths_below

MOST_BYTES = 200_000
MOST_LINES = 4_000
"""Of one file, to be compared line by line."""
CONTEXT = 3
"""Lines around a change."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison."""

    sign: str
    """``+`` is new, ``-`` is gone, ``@`` tells the place, ``" "`` stayed."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What became of a file."""

    path: str
    kind: str
    """``added``, ``removed`` or ``changed``."""
    lines: tuple[Line, ...] = ()
    note: str = ""
    """Why there are no lines."""

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(each.sign == "+" for each in self.lines)

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(each.sign == "-" for each in self.lines)


def changes_between(old: Path, new: Path) -> Iterator[FileChange]:
    """Files that differ between two unpacked versions, by path."""
    before, after = _paths(old), _paths(new)
    for path in sorted(before | after):
        was, now = _content(old / path, before, path), _content(new / path, after, path)
        if was != now:
            kind = "added" if was is None else "removed" if now is None else "changed"
            yield _change(path, kind, was or b"", now or b"")


def text_of(root: Path, path: str) -> str | None:
    """A file of an unpacked version to be read; None when there is no such file, or no text."""
    content = (root / path).read_bytes() if path in _paths(root) else b"\0"
    return _text(content)


def files_of(root: Path) -> list[str]:
    """Paths of the files of an unpacked version."""
    return sorted(_paths(root))


def _paths(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in paths_below(root)}


def _content(path: Path, there: set[str], name: str) -> bytes | None:
    return path.read_bytes() if name in there else None


def _change(path: str, kind: str, was: bytes, now: bytes) -> FileChange:
    old, new = _text(was), _text(now)
    if old is None or new is None:
        return FileChange(path=path, kind=kind, note="Not text, or too large to be shown.")
    lines = tuple(_lines(old, new))
    return FileChange(path=path, kind=kind, lines=lines, note="" if lines else "Line ends only.")


def _text(content: bytes) -> str | None:
    if len(content) > MOST_BYTES or b"\0" in content or content.count(b"\n") > MOST_LINES:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _lines(old: str, new: str) -> Iterator[Line]:
    compared = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=CONTEXT)
    for number, line in enumerate(compared):
        if number > 1:  # the first two name the files
            yield Line(line[:1], line[1:])
