"""Lines that outlive whoever wrote them: appended at once, and synced to disk."""

import os
from pathlib import Path
from typing import NamedTuple


class Line(NamedTuple):
    """What a job said of itself: it began, went on, or reached its last statement."""

    what: str
    run: str
    number: int
    pid: int
    monotonic: float
    wall: float


def append(path: Path, *words: object) -> None:
    """One line, whole and lasting."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, (" ".join(map(str, words)) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def words(path: Path) -> list[list[str]]:
    """All lines so far."""
    return [line.split(" ") for line in path.read_text().splitlines()] if path.exists() else []


def lines(path: Path) -> list[Line]:
    """What jobs have said so far."""
    return [
        Line(what, run, int(number), int(pid), float(monotonic), float(wall))
        for what, run, number, pid, monotonic, wall in words(path)
    ]
