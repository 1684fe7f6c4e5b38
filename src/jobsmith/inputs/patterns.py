"""Patterns of job authors, matched under a time limit: a slow one cannot hold a process."""

import time
from functools import lru_cache
from typing import Any

import regex

SECONDS = 0.25
"""What one pattern may take."""


class PatternTooSlow(Exception):
    """The pattern took too long on this text."""


class PatternBroken(Exception):
    """The pattern is not a regular expression."""


def found(pattern: str, text: str, *, deadline: float | None = None) -> bool:
    """Whether the pattern occurs in the text; ``deadline`` is a `time.monotonic` to share."""
    seconds = SECONDS if deadline is None else min(SECONDS, deadline - time.monotonic())
    if seconds <= 0:
        raise PatternTooSlow
    try:
        return _compiled(pattern).search(text, timeout=seconds) is not None
    except TimeoutError as error:
        raise PatternTooSlow from error


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    try:
        return regex.compile(pattern)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise PatternBroken(str(error)) from error
