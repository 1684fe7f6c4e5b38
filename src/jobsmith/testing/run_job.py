"""``run_job``: the same description, form, codec and execution as for any other run."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model, QuerySet

from jobsmith.errors import InputsRefused
from jobsmith.jobs import Job, answers, describe
from jobsmith.jobs.execute import execute
from jobsmith.jobs.function import job_class_of
from jobsmith.jobs.logger import capture_logging
from jobsmith.specs import JSON, JobSpec, job_from_json, to_json

from .memory import LogLine, MemoryHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """How a run ended and what it left."""

    status: str
    """``SUCCESS`` or ``FAILURE``."""
    cause: str
    result: JSON
    traceback: str | None
    logs: list[LogLine]
    files: dict[str, bytes]
    progress: list[tuple[float, float | None, str]]

    @property
    def messages(self) -> list[str]:
        """The log's messages alone."""
        return [line.message for line in self.logs]


class DirectAnswers:
    """Asks the job's code in this very process, as only tests may."""

    def __init__(self, job_class: type[Job]) -> None:
        self.choices = partial(answers.choices, job_class)
        self.default = partial(answers.default, job_class)
        self.pks = partial(answers.pks, job_class)
        self.validate = partial(answers.validate, job_class)


def run_job(
    job: type[Job] | Callable[..., Any],
    /,
    *,
    user: Any = None,
    cancelled: bool = False,
    **inputs: Any,
) -> FinishedRun:
    """Run a job class, or a function with ``@job``, to its end.

    Raises InputsRefused as a door would refuse the inputs. Variables that are not given have their
    defaults. A ``FileVar`` takes bytes, a path or an open file. ``user`` and ``cancelled``
    are what the job sees as such.
    """
    _prepare_django()
    job_class: type[Job] = job_class_of(job)
    spec = job_from_json(to_json(describe(job_class)))
    values, serialized = _clean(job_class, spec, inputs, user)
    handle = MemoryHandle(is_cancelled=cancelled, user_id=str(user.pk) if user else None)
    with capture_logging(handle):
        outcome = execute(
            job_class,
            handle=handle,
            inputs=values,
            serialized=serialized,
            soft_limit=spec.soft_time_limit,
            hard_limit=spec.time_limit,
        )
    return FinishedRun(
        status=outcome.status,
        cause=outcome.cause,
        result=outcome.result,
        traceback=outcome.traceback,
        logs=handle.logs,
        files=handle.files,
        progress=handle.steps,
    )


def _prepare_django() -> None:
    """Forms need Django; a test suite without settings gets the least there is."""
    if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "jobsmith"],
            SECRET_KEY="only for tests of jobs",  # noqa: S106 - nothing outlives the test
            USE_TZ=True,
        )
    if not apps.ready:
        django.setup()


def _clean(
    job_class: type[Job], spec: JobSpec, inputs: dict[str, Any], user: Any
) -> tuple[dict[str, Any], dict[str, JSON]]:
    """The inputs through the form and the codec, as for a run that waits in the database."""
    # Modules of records can be imported only once Django is ready.
    from jobsmith.inputs import codec, json_door  # noqa: PLC0415

    direct = DirectAnswers(job_class)
    data, uploads = as_sent(spec, inputs)
    form = json_door.form_from_json(
        spec,
        _defaults(direct, spec, inputs) | data,
        files=uploads,
        user=user,
        answers=direct,
        viewable=lambda model, _: model._default_manager.all(),
    )
    if not form.is_valid():
        raise InputsRefused({name: list(map(str, each)) for name, each in form.errors.items()})
    clean = form.clean_inputs
    plain, secret = codec.encode(spec, clean)
    files = {name: File(upload.file, name=upload.name) for name, upload in clean.files.items()}
    return codec.decode(spec, plain | secret) | files, plain


def _defaults(direct: DirectAnswers, spec: JobSpec, inputs: dict[str, Any]) -> dict[str, JSON]:
    asked = {
        each.name: direct.default(each.name) if "default" in each.dynamic else each.default
        for each in spec.variables
        if each.name not in inputs
    }
    return {name: value for name, value in asked.items() if value is not None}


def as_sent(
    spec: JobSpec, inputs: dict[str, Any]
) -> tuple[dict[str, JSON], dict[str, SimpleUploadedFile]]:
    """The inputs in the form in which a door takes them: data, and files."""
    files = {each.name for each in spec.variables if each.type == "FileVar"}
    uploads = {
        name: _upload(value)
        for name, value in inputs.items()
        if name in files and value is not None
    }
    data = {name: _as_json(value) for name, value in inputs.items() if name not in uploads}
    return data, uploads


def _as_json(value: Any) -> JSON:
    """Records become their keys."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, QuerySet):
        return list(value.values_list("pk", flat=True))
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _upload(value: Any) -> "SimpleUploadedFile":
    """A file input from bytes, text, a path or an open file."""
    if isinstance(value, Path):
        return SimpleUploadedFile(value.name, value.read_bytes())
    if isinstance(value, bytes | str):
        return SimpleUploadedFile("file", value.encode() if isinstance(value, str) else value)
    name = os.path.basename(str(getattr(value, "name", "file")))
    content = value.read()
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
