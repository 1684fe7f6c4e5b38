"""Rows that wait on disk while the database cannot be written; live views read them from here."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from .text import is_run_id


def spool_path(home: Path, result_id: str) -> Path:
    """Where the rows of a run wait."""
    if not is_run_id(result_id):
        raise ValueError(f"{result_id!r:.80} is no run.")
    return home / "spool" / f"{result_id}.jsonl"


def append(home: Path, result_id: str, rows: Iterable[dict[str, Any]]) -> None:
    """Add rows; each has ``kind`` (``log`` or ``console``) and ``seq``."""
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


def read_spool(
    home: Path, result_id: str, after_seq: int, limit: int, kind: str = "log"
) -> list[dict[str, Any]]:
    """Rows of one kind that are not in the database yet, with ``seq`` above ``after_seq``."""
    found: list[dict[str, Any]] = []
    for rows, _ in read_chunks(home, result_id, 0, 1000):
        found += [row for row in rows if row["kind"] == kind and row["seq"] > after_seq]
        if len(found) >= limit:
            break
    return found[:limit]


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


def _write_whole(file: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
