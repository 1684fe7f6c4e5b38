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
    sealed = _sealed(run, declared)
    names = [name for name in labels if name in sealed or name in run.task_kwargs]
    names += [name for name in run.task_kwargs if name not in labels]
    return [
        Shown(name, labels[name], sealed=True)
        if name in sealed
        else _shown(name, labels.get(name) or _pretty(name), run.task_kwargs[name])
        for name in names
    ]


def _sealed(run: JobResult, declared: list[dict[str, Any]]) -> set[str]:
    """Names of sealed inputs: the secret ones, or all where nothing was kept in clear."""
    if not run.sealed_kwargs:
        return set()
    everything = not run.task_kwargs
    return {
        each["name"]
        for each in declared
        if everything or (each["type"] == "SecretVar" and each["name"] not in run.task_kwargs)
    }


def _shown(name: str, label: str, value: Any) -> Shown:
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
