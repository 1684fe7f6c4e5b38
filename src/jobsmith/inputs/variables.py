"""The variables of a job as REST clients know them."""

from typing import Any

from jobsmith.specs import JSON, JobSpec, VariableSpec

_AS_THEY_ARE = ("min_length", "max_length", "min_value", "max_value", "choices")
_BEYOND = (
    "regex",
    "min_prefix_length",
    "max_prefix_length",
    "schema",
    "section",
    "show_when",
    "required_when",
    "depends_on",
    "dynamic",
)


def wire_variables(spec: JobSpec) -> list[dict[str, JSON]]:
    """One entry a variable; keys of ours come after those that existing clients know."""
    return [_entry(variable) for variable in spec.variables]


def _entry(variable: VariableSpec) -> dict[str, JSON]:
    entry: dict[str, Any] = {"name": variable.name, "type": variable.type}
    if variable.label:
        entry["label"] = variable.label
    if variable.description:
        entry["help_text"] = variable.description
    entry["required"] = variable.required
    for key in _AS_THEY_ARE:
        value = getattr(variable, key)
        if value is not None:
            entry[key] = value
    if variable.model:
        entry["model"] = variable.model
    if variable.default is not None:
        entry["default"] = variable.default
    beyond = {key: getattr(variable, key) for key in _BEYOND}
    return entry | {key: value for key, value in beyond.items() if value not in (None, "", {}, [])}
