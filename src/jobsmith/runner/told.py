"""Reads what the process of a run tells: job code can send anything, so every type is checked."""

import math
import time
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from jobsmith.lifecycle import Status
from jobsmith.processes.frames import FrameBroken
from jobsmith.processes.text import clean
from jobsmith.redact import Redactor

LEVELS = frozenset({"debug", "info", "success", "warning", "failure", "error", "critical"})
MAX_DEPTH = 128
"""How deep a result may be nested; `jobs.returned` stays below."""
CLOCK_SECONDS = 24 * 3600
"""How far the time of a log line may be from ours; beyond, ours is taken."""


class LogLine(NamedTuple):
    """One line of the log."""

    level: str
    message: str
    grouping: str
    object: str
    url: str
    created: float


def log_line(told: object) -> LogLine:
    """A log line; raises FrameBroken."""
    match told:
        case [str(level), str(message), str(group), str(obj), str(url), float() | int() as moment]:
            level = level if level in LEVELS else "info"
            return LogLine(level, message, group, obj, url, _moment(moment))
    raise FrameBroken("a log line has not its six parts")


def progress(told: object) -> tuple[float, float | None, str]:
    """Done, total and text; raises FrameBroken."""
    match told:
        case [float() | int() as done, None | float() | int() as total, str(text)]:
            return _number(done), None if total is None else _number(total), text
    raise FrameBroken("progress has not its three parts")


def end(told: object) -> dict[str, Any]:
    """The end of the run; raises FrameBroken."""
    if not isinstance(told, dict) or told.get("status") not in (Status.SUCCESS, Status.FAILURE):
        raise FrameBroken("the end of the run was not told as it should be")
    if not isinstance(told.get("traceback"), str | None):
        raise FrameBroken("the traceback is no text")
    if not isinstance(told.get("cause"), str | None):
        raise FrameBroken("the cause is no text")
    if not _are_names(told.get("errors", [])):
        raise FrameBroken("the exceptions are no list of names")
    if not _is_storable(told.get("result")):
        raise FrameBroken("the result is nested too deeply, or holds what is no number")
    return told


def _are_names(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(each, str) for each in told)


def file(told: object) -> tuple[UUID, str, str]:
    """Id, name and content type of a file that begins; raises FrameBroken."""
    match told:
        case {"id": str(file_id), "name": str(name), "content_type": str(content_type)}:
            with suppress(ValueError):
                return UUID(file_id), name, content_type
    raise FrameBroken("a file was not begun as it should be")


def kept(text: str, most: int, redactor: Redactor) -> str:
    """The text as it is stored: redacted before it is cut, as half a secret is one still."""
    text = redactor.redact(clean(text))
    if len(text) <= most:
        return text
    cut = f" … ({len(text) - most} characters cut)" if most > 1000 else ""
    return text[: most - len(cut)] + cut


def _number(value: float) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise FrameBroken("a number is too large") from error
    if not math.isfinite(number):
        raise FrameBroken("a number is none")
    return number


def _moment(value: float) -> float:
    now, moment = time.time(), _number(value)
    return moment if abs(moment - now) < CLOCK_SECONDS else now


def _is_storable(value: object) -> bool:
    """Whether it is bounded in depth and without NaN; by levels, as deep ones overflow a stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            return False
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
