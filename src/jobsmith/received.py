"""What comes in from outside, looked at once, before any door does anything with it.

Text with a NUL or half a surrogate pair, and numbers that are none, cannot be stored by one
database or the other; deep JSON cannot be shown again. All doors refuse them by these functions.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from jobsmith.errors import NotStorable, TooDeep, TooLarge

MOST_LEVELS = 100
"""How deep JSON may be nested."""
NO_NUMBER = "This holds a number that no database can hold: it is infinite or none at all."


def is_text(text: str) -> bool:
    """Whether every database can hold the text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def read_bounded(stream: Any, limit: int) -> bytes:
    """A body of so many bytes at most, whatever less Django would hold; raises TooLarge."""
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"The body may hold {limit:,} bytes. Send large content as a file.")
    return body


def check_text(*texts: str | None) -> None:
    """Raise NotStorable where one of the texts cannot be held."""
    if not all(is_text(each) for each in texts if each):
        raise NotStorable


def read_json(text: str | bytes) -> Any:
    """The value of JSON text; raises ValueError where it is none, NotStorable or TooDeep."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise TooDeep from error
    check_json(value)
    return value


def check_json(value: Any) -> None:
    """Raise NotStorable or TooDeep for keys and values that cannot be held."""
    waiting = [(value, 0)]
    while waiting:
        each, level = waiting.pop()
        if isinstance(each, str):
            check_text(each)
        elif isinstance(each, float) and not math.isfinite(each):
            raise NotStorable(NO_NUMBER)
        elif isinstance(each, Mapping | list | tuple):
            if level == MOST_LEVELS:
                raise TooDeep
            waiting += [(inner, level + 1) for inner in _inside(each)]


def _inside(value: Any) -> Iterable[Any]:
    return (*value.keys(), *value.values()) if isinstance(value, Mapping) else value


def check_address(request: Any) -> None:
    """Raise NotStorable for the path, the query string or a cookie of a Django request."""
    check_text(request.path)
    _check_lists(request.GET)
    check_text(*request.COOKIES, *request.COOKIES.values())


def check_fields(fields: Any, files: Any) -> None:
    """Raise NotStorable for names and values of form fields, and for names of files."""
    _check_lists(fields)
    for name, uploads in files.lists():
        check_text(name)
        for each in uploads:
            check_text(each.name, each.content_type, each.charset)


def _check_lists(several: Any) -> None:
    for name, values in several.lists():
        check_text(name, *values)
