"""The inputs of a run as people may see them."""

import json
from dataclasses import dataclass
from typing import Any

from jobsmith.models import JobResult


@dataclass(frozen=True, slots=True)
class Shown:
    """One input."""

    name: str
    label: str
    value: str = ""
    sealed: bool = False
    file: str = ""
    """Key of the uploaded file."""
    multiline: bool = False


def inputs_shown(run: JobResult) -> list[Shown]:
    """Inputs in the order of the form; what is sealed is named and nothing more."""
    declared = run.job_model.declared.get("variables", []) if run.job_model else []
    labels = {each["name"]: each.get("label") or _pretty(each["name"]) for each in declared}
    shown = [_shown(name, labels.get(name) or _pretty(name), run) for name in labels]
    rest = [name for name in run.task_kwargs if name not in labels]
    shown += [_shown(name, _pretty(name), run) for name in rest]
    return [each for each in shown if each is not None]


def _shown(name: str, label: str, run: JobResult) -> Shown | None:
    if name not in run.task_kwargs:
        return Shown(name, label, sealed=True) if run.sealed_kwargs else None
    value = run.task_kwargs[name]
    if isinstance(value, dict) and isinstance(value.get("file"), str) and "name" in value:
        return Shown(name, label, str(value["name"]), file=value["file"])
    text = _text(value)
    return Shown(name, label, text, multiline="\n" in text)


def _text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _pretty(name: str) -> str:
    return name.replace("_", " ").capitalize()
