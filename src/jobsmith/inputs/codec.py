"""Clean inputs to JSON and back: the only place that knows both forms."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from netaddr import IPAddress, IPNetwork

from jobsmith.errors import InputsRefused
from jobsmith.jobs.frozen import FrozenRecord
from jobsmith.models import JobFile
from jobsmith.specs import JSON, JobSpec, VariableSpec

_OBJECTS = ("ObjectVar", "MultiObjectVar")
GONE = "The object that was chosen for {name} no longer exists."


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanInputs:
    """Inputs that the form has accepted."""

    values: dict[str, Any] = field(default_factory=dict)
    """Python values by variable; a file kept from an earlier run is ``{"file": pk}``."""
    files: "dict[str, UploadedFile[Any]]" = field(default_factory=dict)
    """Uploads by variable; who records the run stores them."""


def encode(spec: JobSpec, clean: CleanInputs) -> tuple[dict[str, JSON], dict[str, JSON]]:
    """The JSON form in two parts: what may be read, and what must be sealed."""
    plain: dict[str, JSON] = {}
    secret: dict[str, JSON] = {}
    types = {each.name: each.type for each in spec.variables}
    for name, value in clean.values.items():
        hidden = spec.has_sensitive_variables or types.get(name) == "SecretVar"
        (secret if hidden else plain)[name] = to_json(value)
    return plain, secret


def to_json(value: Any) -> JSON:
    """The JSON form of one clean value."""
    if isinstance(value, Model):
        return _key(value.pk)
    if isinstance(value, QuerySet):
        return [_key(pk) for pk in value.values_list("pk", flat=True)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, IPAddress | IPNetwork):
        return str(value)
    if isinstance(value, File):
        return value.name
    return value


def _key(pk: object) -> JSON:
    return pk if isinstance(pk, int) else str(pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What a process was handed that may not fetch it itself."""

    records: Mapping[str, list[dict[str, Any]]] | None = None
    """Plain data of the chosen records by variable; None where they can be looked up."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Open descriptors of files by their keys."""


_NOTHING = Handed()


def decode(spec: JobSpec, plain: Mapping[str, JSON], handed: Handed = _NOTHING) -> dict[str, Any]:
    """The values for ``run()``; raises InputsRefused when a record or a file is gone."""
    variables = {each.name: each for each in spec.variables}
    refused: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for name, value in plain.items():
        try:
            values[name] = _decoded(variables.get(name), value, handed)
        except _Gone as gone:
            refused[name] = [str(gone)]
    if refused:
        sentences = " ".join(each for several in refused.values() for each in several)
        raise InputsRefused(refused, sentences)
    return values


class _Gone(Exception):
    """Something that was chosen is no longer there."""


def _decoded(variable: VariableSpec | None, value: JSON, handed: Handed) -> Any:
    read = _READERS.get(variable.type) if variable else None
    if variable is None or read is None or value is None:
        return value
    if variable.type in _OBJECTS and handed.records is not None:
        return _frozen(variable, handed.records)
    if variable.type == "FileVar" and (number := handed.files.get(str(value.get("file")))):
        return File(os.fdopen(number, "rb"), name=str(value.get("name", "")))
    return read(variable, value)


def _frozen(variable: VariableSpec, records: Mapping[str, list[dict[str, Any]]]) -> Any:
    found = tuple(FrozenRecord(each) for each in records.get(variable.name, ()))
    if variable.type == "MultiObjectVar":
        return found
    if not found:
        raise _Gone(GONE.format(name=variable.name))
    return found[0]


def chosen(variable: VariableSpec, value: JSON) -> Iterable[Model]:
    """The records that an object variable names; raises InputsRefused when one is gone."""
    try:
        if variable.type == "MultiObjectVar":
            return _read_objects(variable, value)
        return [_read_object(variable, value)]
    except _Gone as gone:
        raise InputsRefused({variable.name: [str(gone)]}, str(gone)) from gone


def _read_object(variable: VariableSpec, pk: JSON) -> Model:
    model = apps.get_model(variable.model)
    try:
        found: Model = model._default_manager.get(pk=pk)
    except (model.DoesNotExist, ValueError, ValidationError) as error:
        raise _Gone(GONE.format(name=variable.name)) from error
    return found


def _read_objects(variable: VariableSpec, pks: JSON) -> QuerySet[Model]:
    model = apps.get_model(variable.model)
    found: QuerySet[Model] = model._default_manager.filter(pk__in=pks)
    there = {str(pk) for pk in found.values_list("pk", flat=True)}
    missing = [str(pk) for pk in pks if str(pk) not in there]
    if missing:
        raise _Gone(missing_objects(variable.name, missing))
    return found


def missing_objects(name: str, pks: list[str]) -> str:
    """The sentence for records that are not there."""
    return f"Failed to find requested objects for var {name}: [{', '.join(pks)}]"


def _read_file(variable: VariableSpec, value: JSON) -> "File[bytes]":
    try:
        record = JobFile.objects.get(pk=value["file"])
        stored = record.file.storage.open(str(record.file.name), "rb")
    except (JobFile.DoesNotExist, KeyError, TypeError, ValidationError, OSError) as error:
        raise _Gone(f"The file of {variable.name} is gone.") from error
    return File(stored, name=record.name)


_READERS: dict[str, Callable[[VariableSpec, JSON], Any]] = {
    "ObjectVar": _read_object,
    "MultiObjectVar": _read_objects,
    "FileVar": _read_file,
    "IPAddressVar": lambda _, text: IPAddress(text),
    "IPAddressWithMaskVar": lambda _, text: IPNetwork(text),
    "IPNetworkVar": lambda _, text: IPNetwork(text),
    "DateVar": lambda _, text: date.fromisoformat(text),
    "DateTimeVar": lambda _, text: datetime.fromisoformat(text),
}
