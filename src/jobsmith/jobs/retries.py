"""When a job that failed is tried again."""

import builtins
import re
from typing import Any

from jobsmith.specs import JSON

MOST = 20
"""Retries at most."""
USUAL = 3
"""Retries where a job says on what, and not how often."""
USUAL_BACKOFF = 10.0
LONGEST_BACKOFF = 24 * 3600.0
RETRY_OPTIONS = ("retry_on", "max_retries", "retry_backoff", "retry_on_worker_loss")
_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_DEEPEST = 64


def describe_retries(job_class: Any) -> dict[str, JSON]:
    """What ``Meta`` says of retries, as fields of a JobSpec; TypeError or ValueError."""
    meta = getattr(job_class, "Meta", None)
    said = {name: getattr(meta, name) for name in RETRY_OPTIONS if hasattr(meta, name)}
    if not said:
        return {}
    names = _names(said.get("retry_on", ()))
    lost = said.get("retry_on_worker_loss", False)
    if not isinstance(lost, bool):
        raise TypeError("Meta.retry_on_worker_loss should be True or False.")
    if not names and not lost:
        raise ValueError("Meta.max_retries needs Meta.retry_on, which says after what to retry.")
    return {
        "retry_on": names,
        "max_retries": _number(said, "max_retries", USUAL, MOST),
        "retry_backoff": _number(said, "retry_backoff", USUAL_BACKOFF, LONGEST_BACKOFF),
        "retry_on_worker_loss": lost,
    }


def names_of(error: BaseException) -> tuple[str, ...]:
    """The qualified names of an exception's class and of all that it inherits from."""
    return tuple(_qualified(each) for each in type(error).__mro__[:_DEEPEST])


def _names(said: Any) -> list[str]:
    listed = said if isinstance(said, list | tuple) else (said,)
    return [_name(each) for each in listed]


def _name(said: Any) -> str:
    """An exception may be named as text, so that its package need not be there to inspect."""
    if isinstance(said, type) and issubclass(said, Exception):
        return _qualified(said)
    if isinstance(said, str) and _NAME.fullmatch(said):
        return said
    if isinstance(said, str) and isinstance(getattr(builtins, said, None), type):
        return f"builtins.{said}"
    raise TypeError(
        "Meta.retry_on should hold classes of exceptions, or their names with their modules."
    )


def _qualified(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _number(said: dict[str, Any], name: str, usual: float, most: float) -> float:
    value = said.get(name, usual)
    kinds = int if isinstance(usual, int) else int | float
    if not isinstance(value, kinds) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"Meta.{name} should be a number from 0 to {most:g}.")
    return value
