"""Rows that wait on disk while the database cannot be written; live views read them from here."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from .text import is_run_id

NEAR = 128 * 1024
"""So many bytes are read through rather than halved again."""
TAIL = 512 * 1024
"""Bytes at the end of a spool that hold a whole row for sure."""

_HEAD = re.compile(rb'\{"kind":"(\w+)","seq":(\d+),')


def spool_path(home: Path, result_id: str) -> Path:
    """Where the rows of a run wait."""
    if not is_run_id(result_id):
        raise ValueError(f"{result_id!r:.80} is no run.")
    return home / "spool" / f"{result_id}.jsonl"


def append(home: Path, result_id: str, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows; each begins with ``kind`` (``log`` or ``console``) and ``seq``."""
    path = spool_path(home, result_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    with open(path, "ab", buffering=0, opener=_private) as file:
        end = file.tell()
        try:
            _write_whole(file, lines.encode())
        except OSError:  # a full disk takes a part, which must not join what comes later
            file.truncate(end)
            raise


def read_chunks(
    home: Path, result_id: str, offset: int, size: int
) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Rows from a byte offset on, in chunks, each with the offset behind it."""
    try:
        file = spool_path(home, result_id).open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(offset)
        rows: list[dict[str, Any]] = []
        for line in file:
            if not line.endswith(b"\n"):
                break  # cut off by a crash, or still being written
            offset += len(line)
            rows.append(json.loads(line))
            if len(rows) >= size:
                yield rows, offset
                rows = []
        if rows:
            yield rows, offset


def waiting(home: Path, result_id: str, kind: str, after: int) -> Iterator[dict[str, Any]]:
    """Rows of one kind that are not in the database yet, with ``seq`` above ``after``, in order.

    Where the spool is on another machine, or another user's, there are none.
    """
    try:
        file = spool_path(home, result_id).open("rb")
    except (FileNotFoundError, PermissionError):
        return
    with file:
        _seek(file, kind, after)
        for line in file:
            if not line.endswith(b"\n"):
                return  # cut off by a crash, or still being written
            seq = _seq(line, kind)
            if seq is not None and seq > after:
                yield _row(line)


def newest(home: Path, result_id: str, kind: str) -> int:
    """The highest ``seq`` of a kind among the last rows that wait; 0 when there is none."""
    try:
        file = spool_path(home, result_id).open("rb")
    except (FileNotFoundError, PermissionError):
        return 0
    with file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        lines = file.read().split(b"\n")[:-1]
    return next((seq for line in reversed(lines) if (seq := _seq(line, kind)) is not None), 0)


def kept(home: Path) -> list[str]:
    """The runs of which rows wait on this machine."""
    names = (path.stem for path in (home / "spool").glob("*.jsonl"))
    return sorted(name for name in names if is_run_id(name))


def set_aside(home: Path, result_id: str) -> None:
    """Keep rows that cannot be stored for a person to look at."""
    path = spool_path(home, result_id)
    with suppress(OSError):
        path.rename(path.with_suffix(".unreadable"))


def remove(home: Path, result_id: str) -> None:
    """Forget the rows of a run: they are in the database."""
    spool_path(home, result_id).unlink(missing_ok=True)


def _seek(file: BinaryIO, kind: str, after: int) -> None:
    """Go to a line at or before the first row of that kind above ``after``, by halving."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while high - low > NEAR:
        middle = (low + high) // 2
        seq = _first_seq(file, kind, middle, high)
        if seq is not None and seq <= after:
            low = middle
        else:
            high = middle
    file.seek(low)
    if low:
        file.readline()


def _first_seq(file: BinaryIO, kind: str, begin: int, end: int) -> int | None:
    """Number of the first row of that kind that begins between two places."""
    file.seek(begin)
    place = begin + len(file.readline())
    while place < end and (line := file.readline()):
        seq = _seq(line, kind)
        if seq is not None:
            return seq
        place += len(line)
    return None


def _seq(line: bytes, kind: str) -> int | None:
    """The number in a row of that kind, without reading the rest of it."""
    head = _HEAD.match(line)
    return int(head[2]) if head and head[1] == kind.encode() else None


def _row(line: bytes) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(line)
    return row


def _write_whole(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
