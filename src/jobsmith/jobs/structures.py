"""Dataclasses and models as inputs: their JSON schema, and the object made of accepted JSON."""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from jobsmith.specs import JSON

Convert = Callable[[Any], Any]
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}
_PLAIN_LISTS = {list, tuple, set}
UNIONS = {Union, types.UnionType}


def is_structure(kind: object) -> bool:
    """Whether that is a dataclass, or a model of pydantic's kind."""
    return isinstance(kind, type) and (is_dataclass(kind) or _is_model(kind))


def _is_model(kind: Any) -> bool:
    return hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate")


def schema_of(kind: Any) -> dict[str, JSON]:
    """The JSON schema of a type; TypeError for one that has none."""
    if _is_model(kind):
        return dict(kind.model_json_schema())
    if isinstance(kind, type) and is_dataclass(kind):
        return _dataclass_schema(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [each.value for each in kind]}
    return _generic_schema(kind)


def _generic_schema(kind: Any) -> dict[str, JSON]:
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any or kind is None:
        return {}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in UNIONS:
        known = [each for each in parts if each is not type(None)]
        null = [{"type": "null"}] if len(known) < len(parts) else []
        return {"anyOf": [*map(schema_of, known), *null]}
    if kind in _PLAIN_LISTS or origin in _PLAIN_LISTS:
        return {"type": "array", "items": schema_of(parts[0]) if parts else {}}
    if (origin or kind) in _PLAIN:
        return {"type": _PLAIN[origin or kind]}
    raise TypeError(f"{kind!r:.80} has no JSON form; annotate with a type that has.")


def _dataclass_schema(kind: type) -> dict[str, JSON]:
    hints = get_type_hints(kind)
    needed = [
        each.name
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    ]
    return {
        "type": "object",
        "properties": {name: schema_of(hint) for name, hint in hints.items()},
        "required": needed,
        "additionalProperties": False,
    }


def made(kind: Any, value: JSON) -> Any:
    """The object that accepted JSON stands for."""
    if value is None:
        return None
    if _is_model(kind):
        return kind.model_validate(value)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, Mapping):
        hints = get_type_hints(kind)
        return kind(**{name: made(hints[name], each) for name, each in value.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _made_generic(kind, value)


def _made_generic(kind: Any, value: JSON) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in UNIONS:
        known = [each for each in parts if each is not type(None)]
        return made(known[0], value) if len(known) == 1 else value
    if origin in _PLAIN_LISTS and parts and isinstance(value, list):
        return origin([made(parts[0], each) for each in value])
    return value
