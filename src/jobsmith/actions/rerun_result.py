"""Start another run with the inputs of an earlier one."""

from enum import StrEnum
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from jobsmith import policies
from jobsmith.catalog.versions import CodeVersion, known_spec, recorded_version
from jobsmith.errors import InputsRefused, JobNotInstalled
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import Job, JobFile, JobResult
from jobsmith.policies import Actor

from .enqueue_job import Accepted, RunOptions, enqueue_job, may_run
from .once import Once, first_run
from .run_form import json_run_form


class Code(StrEnum):
    """Which code another run executes."""

    CURRENT = "current"
    """What serves now."""
    SAME = "same"
    """What the earlier run executed."""


def rerun_result(
    result: JobResult,
    *,
    user: Actor,
    code: str = Code.CURRENT,
    door: str = "",
    once: Once | None = None,
) -> Accepted:
    """Run again with the same inputs, or ask for approval of that; ``code`` is one of `Code`.

    The inputs pass the form again, as the job may have changed: raises InputsRefused when it
    no longer takes them or an uploaded file is gone, CodeGone when the same code cannot be run
    any more, and whatever `enqueue_job` raises. The user must be able to see this very run, else
    NotAllowed or NotFound.
    """
    policies.require_on(user, "view", result)
    if first := first_run(once, user=user):
        return first
    job = _job_of(result)
    may_run(job, user)
    version = _version(result, code)
    data, files = _inputs_of(result)
    try:
        form = json_run_form(job, user=user, data=data, files=files, version=version)
        if not form.is_valid():
            raise InputsRefused(form.refusals())
        queue = _queue_name(result)
        options = RunOptions(rerun_of=result, door=door, queue=queue, once=once, version=version)
        return enqueue_job(job, user=user, inputs=form.clean_inputs, options=options)
    finally:
        for file in files.values():
            file.close()


def rerun_initial(result: JobResult, *, user: Actor) -> dict[str, Any]:
    """Values to fill the job's form with, for "Run with changes"; never a sealed one."""
    policies.require_on(user, "view", result)
    files = _file_variables(result)
    return {name: value for name, value in result.task_kwargs.items() if name not in files}


def _version(result: JobResult, code: str) -> CodeVersion | None:
    if code not in tuple(Code):
        raise InputsRefused({"code": [f'"{code:.100}" is not a valid choice.']})
    return recorded_version(result) if code == Code.SAME else None


def _job_of(result: JobResult) -> Job:
    if result.job_model is None:
        raise JobNotInstalled
    return result.job_model


def _queue_name(result: JobResult) -> str:
    return result.job_queue.name if result.job_queue else ""


def _inputs_of(result: JobResult) -> "tuple[dict[str, Any], dict[str, UploadedFile[bytes]]]":
    kwargs = {**result.task_kwargs}
    if result.sealed_kwargs:
        kwargs |= open_sealed(result.sealed_kwargs)
    given = {name: value for name, value in kwargs.items() if value is not None}
    files = {name: given.pop(name) for name in _file_variables(result) & given.keys()}
    return given, _opened(result, files)


def _file_variables(result: JobResult) -> set[str]:
    """A value may look like a file and be none: only its variable tells."""
    variables = known_spec(result).get("variables", ())
    return {each["name"] for each in variables if each["type"] == "FileVar"}


def _opened(
    result: JobResult, files: dict[str, dict[str, str]]
) -> "dict[str, UploadedFile[bytes]]":
    """The kept uploads by variable; raises InputsRefused naming those that are gone."""
    rows = {str(each.pk): each for each in JobFile.objects.filter(job_result=result)}
    found: dict[str, UploadedFile[bytes]] = {}
    errors: dict[str, list[str]] = {}
    for name, kept in files.items():
        try:
            row = rows[kept["file"]]
            stored = row.file.open("rb")
        except (KeyError, OSError):
            errors[name] = [f"The file {kept['name']} is gone. Upload it again."]
            continue
        found[name] = UploadedFile(stored, row.name, row.content_type, row.size)
    if errors:
        for file in found.values():
            file.close()
        raise InputsRefused(errors)
    return found
