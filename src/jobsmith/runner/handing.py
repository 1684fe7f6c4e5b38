"""What a run in a sandbox is handed, because it cannot fetch it: files, and records as data."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model

from jobsmith.audit.snapshot import snapshot
from jobsmith.errors import InputsRefused
from jobsmith.inputs.codec import chosen
from jobsmith.models import JobFile
from jobsmith.processes.fork_server import MOST_FILES
from jobsmith.redact import is_secret
from jobsmith.specs import JSON, VariableSpec, job_from_json

_RECORDS = ("ObjectVar", "MultiObjectVar")


def records_of(spec: Mapping[str, Any], inputs: Mapping[str, JSON]) -> dict[str, Any]:
    """By variable, the records that were chosen, as plain data; raises InputsRefused."""
    variables = job_from_json(spec).variables if spec else ()
    wanted = [each for each in variables if each.type in _RECORDS and inputs.get(each.name)]
    return {each.name: list(_frozen(each, inputs[each.name])) for each in wanted}


def _frozen(variable: VariableSpec, value: JSON) -> Iterator[dict[str, Any]]:
    for record in chosen(variable, value):
        yield {**_columns(record), **_always(record)}


def _columns(record: Model) -> dict[str, Any]:
    """Its own columns and the keys of its relations, without what is secret."""
    values = snapshot(record)
    keys = {each.name: each.attname for each in record._meta.fields if isinstance(each, ForeignKey)}
    shown = {name for name in values if not is_secret(type(record), name)}
    return {keys.get(name, name): values[name] for name in values if name in shown}


def _always(record: Model) -> dict[str, Any]:
    key = record.pk if isinstance(record.pk, int) else str(record.pk)
    return {"pk": key, "display": str(record), "model": record._meta.label_lower}


def open_files(spec: Mapping[str, Any], inputs: Mapping[str, JSON]) -> dict[str, int]:
    """Descriptors of the input files, by their keys; raises InputsRefused."""
    variables = job_from_json(spec).variables if spec else ()
    names = [each.name for each in variables if each.type == "FileVar" and inputs.get(each.name)]
    if len(names) > MOST_FILES:
        raise InputsRefused({}, f"A run in a sandbox takes up to {MOST_FILES} files.")
    opened: dict[str, int] = {}
    try:
        for name in names:
            key = _key(inputs[name])
            opened[key] = _open(name, key)
    except BaseException:
        for descriptor in opened.values():
            os.close(descriptor)
        raise
    return opened


def _key(value: JSON) -> str:
    return str(value.get("file", "")) if isinstance(value, dict) else ""


def _open(name: str, key: str) -> int:
    """A descriptor that reads the file, wherever it is stored."""
    try:
        record = JobFile.objects.get(pk=key)
        with record.file.storage.open(str(record.file.name), "rb") as stored:
            try:
                return os.dup(stored.fileno())
            except (OSError, AttributeError):  # it is not on this machine
                with tempfile.TemporaryFile() as copy:
                    shutil.copyfileobj(stored, copy)
                    copy.seek(0)
                    return os.dup(copy.fileno())
    except (JobFile.DoesNotExist, ValidationError, OSError) as error:
        raise InputsRefused({}, f"The file of {name} is gone.") from error
