"""Start another run with the inputs of an earlier one."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile

from jobsmith import policies
from jobsmith.errors import InputsRefused, JobNotInstalled
from jobsmith.inputs.vault import open_sealed
from jobsmith.models import Job, JobFile, JobResult
from jobsmith.policies import Actor

from .enqueue_job import RunOptions, enqueue_job, may_run
from .run_form import json_run_form


def rerun_result(result: JobResult, *, user: Actor, door: str = "") -> JobResult:
    """Run again with the same inputs and the code that serves now.

    The inputs pass the form again, as the job may have changed: raises InputsRefused when it
    no longer takes them, and whatever `enqueue_job` raises.
    """
    job = _job_of(result)
    may_run(job, user)
    data, files = _inputs_of(result)
    try:
        form = json_run_form(job, user=user, data=data, files=files)
        if not form.is_valid():
            raise InputsRefused(form.refusals())
        options = RunOptions(rerun_of=result, door=door, queue=_queue_name(result))
        return enqueue_job(job, user=user, inputs=form.clean_inputs, options=options)
    finally:
        for file in files.values():
            file.close()


def rerun_initial(result: JobResult, *, user: Actor) -> dict[str, Any]:
    """Values to fill the job's form with, for "Run with changes"; never a sealed one."""
    policies.require(user, "view", JobResult)
    return {name: value for name, value in result.task_kwargs.items() if not _is_file(value)}


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
    rows = {str(each.pk): each for each in JobFile.objects.filter(job_result=result)}
    files: dict[str, UploadedFile[bytes]] = {}
    for name in [name for name, value in kwargs.items() if _is_file(value)]:
        row = rows.get(kwargs.pop(name)["file"])
        if row is not None:
            files[name] = UploadedFile(row.file.open("rb"), row.name, row.content_type, row.size)
    return {name: value for name, value in kwargs.items() if value is not None}, files


def _is_file(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("file"), str) and "name" in value
