"""Runs of a folder's jobs as any door asks for them: form, action, row, supervisor, child."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from jobsmith.actions.enqueue_job import enqueue_job
from jobsmith.actions.run_form import json_run_form
from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.engines.inline import run_now
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobResult
from tests.support.job_files import jobsmith_settings


def serve(settings: Any, root: Path) -> None:
    """Make a folder the source of jobs; runs are accepted though no worker listens."""
    settings.JOBSMITH = jobsmith_settings(JOBS_ROOT=str(root), ACCEPT_WITHOUT_WORKER=True)
    sync_jobs()
    Job.objects.update(enabled=True)


def named(class_path: str) -> Job:
    """The record of a job class."""
    module, _, name = class_path.rpartition(".")
    return Job.objects.get(module_name=module, job_class_name=name)


def enqueue(
    class_path: str, *, user: Any, files: Mapping[str, bytes] | None = None, **inputs: Any
) -> JobResult:
    """A run that waits; InputsRefused as at any door."""
    job = named(class_path)
    uploads = {
        name: SimpleUploadedFile(f"{name}.txt", content) for name, content in (files or {}).items()
    }
    form = json_run_form(job, user=user, data=inputs, files=uploads)
    if not form.is_valid():
        raise InputsRefused(form.refusals())
    return enqueue_job(job, user=user, inputs=form.clean_inputs)


def run(class_path: str, **given: Any) -> JobResult:
    """A run that has ended."""
    return run_now(enqueue(class_path, **given))
