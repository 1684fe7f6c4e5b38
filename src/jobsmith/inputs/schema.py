"""The inputs of a job as a JSON Schema, for API documents and command-line completion."""

from collections.abc import Iterator
from typing import Any

from jobsmith.specs import JSON, JobSpec, VariableSpec

_BASE: dict[str, dict[str, JSON]] = {
    "IntegerVar": {"type": "integer"},
    "FloatVar": {"type": "number"},
    "BooleanVar": {"type": "boolean"},
    "DryRunVar": {"type": "boolean"},
    "DateVar": {"type": "string", "format": "date"},
    "DateTimeVar": {"type": "string", "format": "date-time"},
    "SecretVar": {"type": "string", "format": "password", "writeOnly": True},
    "IPAddressVar": {"type": "string"},
    "FileVar": {"type": "string", "format": "binary"},
    "JSONVar": {},
    "ObjectVar": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}]},
    "MultiObjectVar": {
        "type": "array",
        "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    },
}
_KEYWORDS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "regex": "pattern",
    "min_value": "minimum",
    "max_value": "maximum",
}


def json_schema(spec: JobSpec) -> dict[str, JSON]:
    """An object with a property a variable."""
    always = [
        each.name
        for each in spec.variables
        if each.required and not each.show_when and not each.required_when
    ]
    return {
        "type": "object",
        "title": spec.name,
        "properties": {each.name: _property(each) for each in spec.variables},
        "required": always,
        "additionalProperties": False,
    }


def _property(variable: VariableSpec) -> dict[str, JSON]:
    found: dict[str, Any] = dict(_BASE.get(variable.type, {"type": "string"}))
    if variable.type == "JSONVar" and variable.schema:
        found = dict(variable.schema)
    if variable.choices is not None and variable.type in {"ChoiceVar", "MultiChoiceVar"}:
        found["enum"] = list(_values(variable.choices))
    if variable.type == "MultiChoiceVar":
        found = {"type": "array", "items": found}
    for name, keyword in _KEYWORDS.items():
        if getattr(variable, name) is not None:
            found[keyword] = getattr(variable, name)
    described = {
        "title": variable.label or variable.name.replace("_", " ").capitalize(),
        "description": variable.description,
        "default": variable.default,
    }
    return found | {key: value for key, value in described.items() if value not in (None, "")}


def _values(choices: list[Any]) -> Iterator[str]:
    for value, label in choices:
        if isinstance(label, list):
            yield from _values(label)
        else:
            yield str(value)
