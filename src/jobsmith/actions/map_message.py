"""Inputs of a job out of the JSON that another system sends: by paths and constants, never code."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobsmith.errors import InputsRefused
from jobsmith.specs import JobSpec

MOST = 100
"""Inputs that are mapped, and steps of a path."""
LONGEST = 500
_SHAPES: tuple[set[str], ...] = ({"path"}, {"path", "default"}, {"value"})
WANTED = 'Write {"path": "/a/b"}, with a "default" or without, or {"value": 1}.'
NO_POINTER = "A path is a JSON pointer: /repository/name, /commits/0/id, or empty for all of it."
NOTHING = object()


def refusals_of_mapping(mapping: Any, spec: JobSpec) -> list[str]:
    """What is wrong with it, in sentences; nothing where it can be used for the job."""
    if not isinstance(mapping, dict) or len(mapping) > MOST:
        return [f"Write an object of {MOST} inputs at most, by name."]
    variables = {each.name: each for each in spec.variables}
    found = [f"{spec.name} has no input {name[:100]}." for name in mapping if name not in variables]
    for name, source in mapping.items():
        if name in variables and (why := _wrong(source)):
            found.append(f"{name}: {why}")
        elif (
            name in variables
            and source.keys() != {"path"}
            and _is_sealed(spec, variables[name].type)
        ):
            found.append(f"{name} is kept sealed, so it cannot be a constant here.")
    return found


def refusals_of_condition(condition: Any) -> list[str]:
    """The same for a condition."""
    if condition == {}:
        return []
    if not isinstance(condition, dict) or condition.keys() != {"path", "equals"}:
        return ['Write {"path": "/action", "equals": "opened"}, or {} for any message.']
    return [] if _steps(condition["path"]) is not None else [NO_POINTER]


def applies(condition: Mapping[str, Any], message: Any) -> bool:
    """Whether a message starts anything."""
    if not condition:
        return True
    found, wanted = value_at(message, condition["path"]), condition["equals"]
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)


def mapped(mapping: Mapping[str, Mapping[str, Any]], message: Any) -> dict[str, Any]:
    """Inputs by variable; raises InputsRefused for paths that lead nowhere and have no default."""
    values, errors = {}, {}
    for name, source in mapping.items():
        found = source.get("value", source.get("default", NOTHING))
        if "path" in source:
            at_path = value_at(message, source["path"])
            found = found if at_path is NOTHING else at_path
        if found is NOTHING:
            errors[name] = [f"The message has nothing at {source['path']}."]
        values[name] = found
    if errors:
        raise InputsRefused(errors)
    return values


def value_at(message: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; `NOTHING` where it leads nowhere."""
    found = message
    for step in _steps(pointer) or ():
        if isinstance(found, dict):
            found = found.get(step, NOTHING)
        elif isinstance(found, list) and _is_index(step) and int(step) < len(found):
            found = found[int(step)]
        else:
            return NOTHING
    return found


def _wrong(source: Any) -> str:
    if not isinstance(source, dict) or source.keys() not in _SHAPES:
        return WANTED
    return NO_POINTER if "path" in source and _steps(source["path"]) is None else ""


def _is_sealed(spec: JobSpec, kind: str) -> bool:
    return spec.has_sensitive_variables or kind == "SecretVar"


def _steps(pointer: Any) -> Sequence[str] | None:
    """The names on the way; None for what is no pointer."""
    if not isinstance(pointer, str) or len(pointer) > LONGEST or pointer.count("/") > MOST:
        return None
    if pointer and not pointer.startswith("/"):
        return None
    return [each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]]


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdecimal() and len(step) < 10 and str(int(step)) == step
