"""From the annotation of a parameter to a variable, and from its value to what was annotated."""

import ipaddress
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import IO, Annotated, Any, BinaryIO, Literal, get_args, get_origin

from .structures import UNIONS, is_structure, made, schema_of
from .variables import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    FileVar,
    FloatVar,
    IntegerVar,
    IPAddressVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    ScriptVariable,
    StringVar,
)

Convert = Callable[[Any], Any]
Made = tuple[ScriptVariable, Convert]

_SIMPLE: dict[Any, type[ScriptVariable]] = {
    str: StringVar,
    bool: BooleanVar,
    int: IntegerVar,
    float: FloatVar,
    datetime: DateTimeVar,
    date: DateVar,
    BinaryIO: FileVar,
    IO[bytes]: FileVar,
}
_ADDRESSES: dict[Any, tuple[type[ScriptVariable], Convert]] = {
    ipaddress.IPv4Address: (IPAddressVar, ipaddress.IPv4Address),
    ipaddress.IPv6Address: (IPAddressVar, ipaddress.IPv6Address),
    ipaddress.IPv4Network: (IPNetworkVar, ipaddress.IPv4Network),
    ipaddress.IPv6Network: (IPNetworkVar, ipaddress.IPv6Network),
}
_SEVERAL = (list, tuple, set, frozenset)


def variable_for(annotation: Any, **common: Any) -> Made:
    """The variable of a parameter, and how its value becomes what the function takes.

    TypeError for a type that no form can ask for.
    """
    if get_origin(annotation) is Annotated:
        return _annotated(annotation, common)
    if get_origin(annotation) in UNIONS:
        known = [each for each in get_args(annotation) if each is not type(None)]
        if len(known) == 1:
            return variable_for(known[0], **{**common, "required": False})
    return _single(annotation, common) or _several(annotation, common) or _json(annotation, common)


def _annotated(annotation: Any, common: dict[str, Any]) -> Made:
    kind, *said = get_args(annotation)
    for each in said:
        if isinstance(each, ScriptVariable):
            _, convert = variable_for(kind)
            return _with_default(each, common), convert
        if isinstance(each, str):
            common = {**common, "description": each}
    return variable_for(kind, **common)


def _with_default(variable: ScriptVariable, common: dict[str, Any]) -> ScriptVariable:
    """The author's own variable; only what the signature says is added."""
    if variable.default is None and "default" in common:
        variable.default = common["default"]
        variable.required = variable.required and common["required"]
    variable.description = variable.description or common.get("description", "")
    return variable


def _single(kind: Any, common: dict[str, Any]) -> Made | None:
    if kind in _SIMPLE:
        return _SIMPLE[kind](**common), _as_it_is
    if kind in _ADDRESSES:
        variable, convert = _ADDRESSES[kind]
        return variable(**_as_text(common)), lambda value: convert(str(value)) if value else None
    if pairs := _pairs(kind):
        return ChoiceVar(choices=_labels(pairs), **_chosen(common)), _choice(pairs)
    if _is_record(kind):
        return ObjectVar(model=kind, **common), _as_it_is
    return None


def _several(kind: Any, common: dict[str, Any]) -> Made | None:
    origin, parts = get_origin(kind), get_args(kind)
    if not parts or not isinstance(origin, type):
        return None
    if _is_record(parts[0]) and (origin in _SEVERAL or origin.__name__ == "QuerySet"):
        whole = origin if origin in _SEVERAL else _as_it_is
        return MultiObjectVar(model=parts[0], **common), whole
    pairs = _pairs(parts[0])
    if origin not in _SEVERAL or not pairs:
        return None
    one = _choice(pairs)
    variable = MultiChoiceVar(choices=_labels(pairs), **_chosen(common))
    return variable, lambda values: origin(map(one, values or ()))


def _json(kind: Any, common: dict[str, Any]) -> Made:
    schema = schema_of(kind)
    if is_structure(common.get("default")) or is_structure(type(common.get("default"))):
        common = {name: each for name, each in common.items() if name != "default"}
    return JSONVar(schema=schema or None, **common), lambda value: made(kind, value)


def _pairs(kind: Any) -> dict[str, Any]:
    """Values of an enumeration or of ``Literal`` by their text."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {str(each.value): each for each in kind}
    if get_origin(kind) is Literal:
        return {str(each): each for each in get_args(kind)}
    return {}


def _labels(pairs: dict[str, Any]) -> list[tuple[str, str]]:
    return [(text, _label(value)) for text, value in pairs.items()]


def _label(value: Any) -> str:
    if not isinstance(value, Enum):
        return str(value)
    return str(getattr(value, "label", "") or value.name.replace("_", " ").capitalize())


def _choice(pairs: dict[str, Any]) -> Convert:
    return lambda text: pairs.get(str(text))


def _chosen(common: dict[str, Any]) -> dict[str, Any]:
    """The default as the choice's text."""
    default = common.get("default")
    if default is None:
        return common
    if isinstance(default, _SEVERAL):
        return {**common, "default": [_text(each) for each in default]}
    return {**common, "default": _text(default)}


def _text(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def _as_text(common: dict[str, Any]) -> dict[str, Any]:
    default = common.get("default")
    return common if default is None else {**common, "default": str(default)}


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "_meta") and hasattr(kind, "pk")


def _as_it_is(value: Any) -> Any:
    return value
