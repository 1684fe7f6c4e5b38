"""The inputs of a job as a JSON Schema, for programs that check or ask for them beforehand.

What it accepts the form accepts, as far as data can tell: which records are there, dynamic
choices and `validate_data` are known to the form only.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jobsmith.specs import JSON, JobSpec, VariableSpec

from .conditions import holds
from .fields import empty_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KEY = ["string", "integer"]
NOT_TEXT = ["object", "array", "number", "boolean"]
"""A form takes text in a JSON input for JSON that is still to be read."""
MASKED = {"type": "string", "pattern": "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"}

_BASE: dict[str, dict[str, JSON]] = {
    "IntegerVar": {"type": "integer"},
    "FloatVar": {"type": "number"},
    "BooleanVar": {"type": "boolean"},
    "DryRunVar": {"type": "boolean"},
    "DateVar": {"type": "string", "format": "date"},
    "DateTimeVar": {"type": "string", "format": "date-time"},
    "SecretVar": {"type": "string", "format": "password", "writeOnly": True},
    "IPAddressVar": {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    "IPAddressWithMaskVar": MASKED,
    "IPNetworkVar": MASKED,
    "MultiChoiceVar": {"type": "array", "items": {"type": "string"}},
    "JSONVar": {"type": NOT_TEXT},
    "ObjectVar": {"type": [*KEY, "object"]},
    "MultiObjectVar": {"type": "array", "items": {"type": KEY}},
}
_KEYWORDS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "regex": "pattern",
    "min_value": "minimum",
    "max_value": "maximum",
}
_STRIPPED = frozenset({"StringVar", "TextVar"})


def json_schema(spec: JobSpec) -> dict[str, JSON]:
    """The schema of an object with a property a variable; files travel otherwise."""
    shown = [each for each in spec.variables if each.type != "FileVar"]
    conditions = [_condition(each, spec) for each in shown if _is_conditional(each)]
    schema = {
        "$schema": DIALECT,
        "type": "object",
        "title": spec.name,
        "description": _description(spec),
        "properties": {each.name: _property(each, needed=_is_needed(each)) for each in shown},
        "required": [each.name for each in shown if _is_needed(each)],
        "additionalProperties": False,
        "allOf": conditions,
    }
    return {key: value for key, value in schema.items() if value or key not in _OPTIONAL}


_OPTIONAL = frozenset({"description", "allOf"})


def _description(spec: JobSpec) -> str:
    files = ", ".join(each.name for each in spec.variables if each.type == "FileVar")
    if not files:
        return spec.description
    sentence = f"Files ({files}) are sent as multipart/form-data, with all inputs as plain fields."
    return f"{spec.description}\n\n{sentence}".strip()


def _is_conditional(variable: VariableSpec) -> bool:
    return bool(variable.required_when or (variable.required and variable.show_when))


def _is_needed(variable: VariableSpec) -> bool:
    return variable.required and not variable.show_when and not variable.required_when


def _property(variable: VariableSpec, *, needed: bool) -> dict[str, JSON]:
    found: dict[str, Any] = dict(_BASE.get(variable.type, {"type": "string"}))
    for name, keyword in _KEYWORDS.items():
        if getattr(variable, name) is not None:
            found[keyword] = getattr(variable, name)
    if variable.choices is not None:
        offered = {"enum": [each for each in _values(variable.choices) if each or not needed]}
        found |= {"items": offered} if variable.type == "MultiChoiceVar" else offered
    if variable.schema is not None:
        found["anyOf"] = [_embedded(variable)]
    return (_filled(variable, found) if needed else _or_null(found)) | _described(variable)


def _embedded(variable: VariableSpec) -> dict[str, JSON]:
    """The author's schema as a document of its own, in which ``#/$defs/…`` means its own."""
    schema = {key: value for key, value in (variable.schema or {}).items() if key != "$schema"}
    return {"$id": f"urn:jobsmith:variable:{variable.name}", **schema}


def _filled(variable: VariableSpec, found: dict[str, Any]) -> dict[str, Any]:
    """Empty values are no answer to what is required."""
    if found["type"] == "array":
        found["minItems"] = 1
    elif "string" in found["type"]:
        found["minLength"] = max(1, found.get("minLength", 0))
        if variable.type in _STRIPPED:
            found.setdefault("pattern", r"\S")
    return found


def _or_null(found: dict[str, Any]) -> dict[str, Any]:
    kinds = found["type"] if isinstance(found["type"], list) else [found["type"]]
    found["type"] = [*kinds, "null"]
    for keyword, nothing in (("enum", None), ("anyOf", {"type": "null"})):
        if keyword in found:
            found[keyword] = [*found[keyword], nothing]
    return found


def _described(variable: VariableSpec) -> dict[str, JSON]:
    words = {
        "title": variable.label or variable.name.replace("_", " ").capitalize(),
        "description": variable.description,
        "default": variable.default,
    }
    return {key: value for key, value in words.items() if value not in (None, "")}


def _values(choices: list[Any]) -> Iterator[str]:
    for value, label in choices:
        if isinstance(label, list):
            yield from _values(label)
        else:
            yield str(value)


# What is required only while other variables have certain values


def _condition(variable: VariableSpec, spec: JobSpec) -> dict[str, JSON]:
    others = {each.name: each for each in spec.variables}
    wanted = {**variable.show_when, **variable.required_when}
    absent = {name for name, value in wanted.items() if _holds_without(others[name], value)}
    has = {name: _fits(value, name in absent) for name, value in wanted.items()}
    return {
        "if": {"properties": has, "required": sorted(has.keys() - absent)},
        "then": {
            "properties": {variable.name: _property(variable, needed=True)},
            "required": [variable.name],
        },
    }


def _holds_without(other: VariableSpec, wanted: JSON) -> bool:
    return holds({other.name: wanted}, {other.name: empty_value(other)})


def _fits(wanted: JSON, absent: bool) -> Mapping[str, JSON]:
    several = wanted if isinstance(wanted, list) else [wanted]
    values = [spelling for each in several for spelling in _spellings(each)]
    values += [None] if absent and None not in values else []
    return {"anyOf": [{"enum": values}, {"type": "array", "contains": {"enum": values}}]}


def _spellings(value: JSON) -> list[JSON]:
    """A choice is text whatever its author wrote; see `conditions`."""
    if isinstance(value, bool) or value is None:
        return [value]
    if isinstance(value, str):
        return [value, int(value)] if value.isdecimal() else [value]
    return [value, str(value)]
