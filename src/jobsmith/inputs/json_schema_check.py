"""Checks a value against an author's JSON Schema, with its patterns under a time limit.

`jsonschema` matches patterns with `re`, which can be made to run for ever, so every keyword that
matches one is replaced. References to other documents are never fetched.
"""

import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError, best_match
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from .patterns import PatternBroken, PatternTooSlow, found

SECONDS = 0.5
MAX_SENTENCE = 300
TOO_SLOW = "The value took too long to check."
_deadline: ContextVar[float] = ContextVar("deadline")


def refusal(schema: dict[str, Any], value: object) -> str | None:
    """What is wrong with the value, in one sentence; None when it satisfies the schema."""
    token = _deadline.set(time.monotonic() + SECONDS)
    try:
        Draft202012Validator.check_schema(schema)
        error = best_match(_Checker(schema, registry=Registry()).iter_errors(value))
    except PatternTooSlow:
        return TOO_SLOW
    except (PatternBroken, SchemaError, Unresolvable, RecursionError):
        return "The schema of this variable cannot be used; tell the author of the job."
    except Exception as problem:  # jsonschema wraps what it cannot resolve in a private class
        return f"The schema of this variable cannot be used: {type(problem).__name__}."
    finally:
        _deadline.reset(token)
    return None if error is None else _sentence(error)


def _sentence(error: ValidationError) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.path)
    message = error.message
    if len(message) > MAX_SENTENCE:
        message = f"{message[:MAX_SENTENCE]}…"
    return f"{place.lstrip('.')}: {message}" if place else message


def _matches(pattern: str, text: str) -> bool:
    return found(pattern, text, deadline=_deadline.get())


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and not _matches(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    checker: Any, patterns: dict[str, Any], value: Any, _: Any
) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    for pattern, schema in patterns.items():
        for key, item in value.items():
            if _matches(pattern, key):
                yield from checker.descend(item, schema, path=key, schema_path=pattern)


def _additional_properties(
    checker: Any, allowed: Any, value: Any, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties", {})
    extras = [
        key
        for key in value
        if key not in schema.get("properties", {}) and not any(_matches(p, key) for p in patterns)
    ]
    if allowed is False and extras:
        names = ", ".join(repr(key) for key in extras)
        yield ValidationError(f"Additional properties are not allowed ({names} unexpected)")
    elif isinstance(allowed, dict):
        for key in extras:
            yield from checker.descend(value[key], allowed, path=key)


def _unevaluated(*_: Any) -> Iterator[ValidationError]:
    raise PatternBroken("unevaluatedProperties is not supported")


_Checker: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "unevaluatedProperties": _unevaluated,
    },
)
