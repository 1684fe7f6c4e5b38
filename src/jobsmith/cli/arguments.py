"""Inputs as people type them: ``name=value``, ``name:=json``, a file of JSON, files to upload."""

import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from django.core.files.uploadedfile import UploadedFile

from jobsmith.conf import conf
from jobsmith.errors import InputsRefused, NotStorable, TooDeep
from jobsmith.received import read_json
from jobsmith.specs import JobSpec, VariableSpec

JSON_TYPES = frozenset({"JSONVar"})
OBJECT_TYPES = frozenset({"ObjectVar", "MultiObjectVar"})
MULTIPLE_TYPES = frozenset({"MultiChoiceVar", "MultiObjectVar"})


def read_inputs(
    spec: JobSpec, pairs: Iterable[str], data_file: str
) -> tuple[dict[str, Any], dict[str, "UploadedFile[bytes]"]]:
    """Values and uploads for the job's form; pairs win over the file. Raises InputsRefused."""
    variables = {each.name: each for each in spec.variables}
    values = _read_data(data_file) if data_file else {}
    files: dict[str, UploadedFile[bytes]] = {}
    for name, texts, is_json in _gather(pairs):
        variable = variables.get(name)
        if variable is not None and variable.type == "FileVar":
            files[name] = _upload(name, texts[-1])
        elif is_json:
            values[name] = _parse(name, texts[-1])
        else:
            values[name] = _value(variable, texts)
    return values, files


def _gather(pairs: Iterable[str]) -> list[tuple[str, list[str], bool]]:
    """Repeated names become one entry with several texts."""
    found: dict[tuple[str, bool], list[str]] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise InputsRefused({"__all__": [f"{pair!r} is not of the form name=value."]})
        found.setdefault((name.removesuffix(":"), name.endswith(":")), []).append(text)
    return [(name, texts, is_json) for (name, is_json), texts in found.items()]


def _value(variable: VariableSpec | None, texts: list[str]) -> Any:
    if variable is None:
        return texts[-1]
    if variable.type in JSON_TYPES:
        return _parse(variable.name, texts[-1])
    if variable.type in OBJECT_TYPES and texts[-1].lstrip()[:1] in {"{", "["}:
        return _parse(variable.name, texts[-1])
    return texts if variable.type in MULTIPLE_TYPES else texts[-1]


def _parse(name: str, text: str) -> Any:
    try:
        return read_json(text)
    except (NotStorable, TooDeep) as error:
        raise InputsRefused({name: [error.message]}) from error
    except ValueError as error:
        raise InputsRefused({name: [f"This is not JSON: {error}."]}) from error


def _read_data(path: str) -> dict[str, Any]:
    limit = conf().max_input_bytes
    try:
        with click.open_file(path, encoding="utf-8") as file:
            text = file.read(limit + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path} cannot be read: {error}.", param_hint="--data") from error
    if len(text) > limit:
        raise InputsRefused({"--data": [f"Inputs may take {limit:,} bytes. Send a file instead."]})
    data = _parse("--data", text)
    if not isinstance(data, Mapping):
        raise InputsRefused({"--data": ["Job data needs to be a dict"]})
    return dict(data)


def _upload(name: str, text: str) -> "UploadedFile[bytes]":
    """The named file, streamed when it is stored; ``@path`` and ``path`` mean the same."""
    path = Path(text.removeprefix("@"))
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputsRefused({name: [f"{path} cannot be read: {error.strerror}."]}) from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return UploadedFile(file, name=path.name, content_type=kind, size=path.stat().st_size)
