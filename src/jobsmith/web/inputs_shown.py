"""The inputs of a run as people may see them."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model

from jobsmith import policies
from jobsmith.catalog.versions import known_spec
from jobsmith.inputs.objects import as_key, display
from jobsmith.models import JobResult, ScheduledJob
from jobsmith.policies import Actor

from .links import address_of

NAMES_SHOWN = 50

Records = Mapping[tuple[str, str], Model]
"""Records by the name of their model and their key."""


@dataclass(frozen=True, slots=True)
class Named:
    """A chosen record: its name where the viewer may see it, else its key."""

    text: str
    address: str = ""


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
    records: Sequence[Named] = ()
    more: int = 0
    """How many records are left out."""


def inputs_shown(run: JobResult, *, user: Actor) -> list[Shown]:
    """Inputs in the order of the form; what is sealed is named and nothing more."""
    declared = known_spec(run).get("variables", [])
    variables = {each["name"]: each for each in declared}
    sealed = _sealed(run, declared)
    names = [name for name in variables if name in sealed or name in run.task_kwargs]
    names += [name for name in run.task_kwargs if name not in variables]
    records = _records(run, declared, user)
    return [
        Shown(name, _label(variables.get(name, {}), name), sealed=True)
        if name in sealed
        else _shown(name, variables.get(name, {}), run.task_kwargs[name], records)
        for name in names
    ]


def schedule_inputs_shown(
    schedule: ScheduledJob, *, user: Actor, class_path: str = "", digest: str = ""
) -> list[Shown]:
    """Inputs that a schedule runs with, as those of its runs are shown."""
    run = JobResult(
        job_model=schedule.job_model,
        class_path=class_path or schedule.task,
        source_digest=digest,
        task_kwargs=schedule.kwargs,
        sealed_kwargs=schedule.sealed_kwargs,
    )
    return inputs_shown(run, user=user)


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


def _shown(name: str, variable: Mapping[str, Any], value: Any, records: Records) -> Shown:
    label = _label(variable, name)
    if variable.get("type") == "FileVar" and isinstance(value, dict):
        return Shown(name, label, str(value["name"]), file=value["file"])
    if variable.get("model") and (keys := _keys(value)):
        named = [_named(variable, key, records) for key in keys[:NAMES_SHOWN]]
        return Shown(name, label, records=named, more=len(keys) - len(named))
    text = _text(value)
    return Shown(name, label, text, multiline="\n" in text)


def _label(variable: Mapping[str, Any], name: str) -> str:
    return variable.get("label") or name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


# Records that were chosen


def _keys(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [str(each) for each in several if each not in (None, "")]


def _named(variable: Mapping[str, Any], key: str, records: Records) -> Named:
    record = records.get((variable["model"], key))
    if record is None:
        return Named(key)
    return Named(display(record, variable.get("display_field", "")), address_of(record))


def _records(run: JobResult, declared: list[dict[str, Any]], user: Actor) -> Records:
    """The chosen records that the viewer may see: one query a model."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for each in declared:
        if each.get("model"):
            wanted[each["model"]] |= set(_keys(run.task_kwargs.get(each["name"]))[:NAMES_SHOWN])
    return {
        (name, str(record.pk)): record
        for name, keys in wanted.items()
        for record in _viewable(name, keys, user)
    }


def _viewable(name: str, keys: set[str], user: Actor) -> Sequence[Model]:
    try:
        model = apps.get_model(name)
        clean = [as_key(model, key) for key in keys]
    except (LookupError, ValueError, ValidationError):
        return ()
    return list(policies.viewable(model, user).filter(pk__in=clean)) if clean else ()
