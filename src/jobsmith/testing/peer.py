"""``nautobot.apps.testing``: whole runs, with their rows, in tests that have a database."""

from pathlib import Path
from typing import Any

from django import test
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Model

from jobsmith.actions.enqueue_job import RunOptions, enqueue_job
from jobsmith.actions.run_form import json_run_form
from jobsmith.actions.sync_jobs import sync_jobs
from jobsmith.conf import conf
from jobsmith.engines.inline import run_now
from jobsmith.errors import ApprovalNeeded, InputsRefused
from jobsmith.jobs import Job as JobClass
from jobsmith.lifecycle import Status
from jobsmith.models import Job, JobResult
from jobsmith.sources.loader import load_class
from jobsmith.specs import job_from_json

from .run_job import as_sent

__all__ = [
    "TransactionTestCase",
    "create_job_result_and_run_job",
    "get_job_class_and_model",
    "run_job_for_testing",
]


def get_job_class_and_model(
    module: str, name: str, source: str = "local"
) -> tuple[type[JobClass], Job]:
    """The job class and its record, which is enabled; the sources are read if it is new."""
    found = Job.objects.filter(module_name=module, job_class_name=name)
    if not found.filter(installed=True).exists():
        sync_jobs()
    job = found.get()
    Job.objects.filter(pk=job.pk).update(enabled=True)
    job.refresh_from_db()
    root = conf().jobs_root if job.source == Job.SourceKind.LOCAL else None
    return load_class(Path(root) if root else None, job.class_path), job


def create_job_result_and_run_job(
    module: str,
    name: str,
    source: str = "local",
    *args: object,
    username: str = "test-user",
    profile: bool = False,
    console_log: bool = False,
    celery_kwargs: dict[str, Any] | None = None,
    **inputs: Any,
) -> JobResult:
    """A whole run of that job class; ``args``, ``profile`` and ``celery_kwargs`` are not used."""
    _, job = get_job_class_and_model(module, name, source)
    return run_job_for_testing(job, username=username, console_log=console_log, **inputs)


def run_job_for_testing(
    job: Job,
    username: str = "test-user",
    profile: bool = False,
    console_log: bool = False,
    **inputs: Any,
) -> JobResult:
    """A whole run in a real child process, as this superuser; variables left out have defaults.

    Raises InputsRefused as a door would. Needs a test without a transaction around it.
    """
    user = _user(username)
    spec = job_from_json(job.declared)
    sent, files = as_sent(spec, inputs)
    defaults = {each.name: each.default for each in spec.variables if each.default is not None}
    data = {name: value for name, value in (defaults | sent).items() if name not in files}
    with test.override_settings(JOBSMITH=_accepting()):
        form = json_run_form(job, user=user, data=data, files=files)
        if not form.is_valid():
            raise InputsRefused(form.refusals())
        options = RunOptions(console_log=console_log)
        made = enqueue_job(job, user=user, inputs=form.clean_inputs, options=options)
        if not isinstance(made, JobResult):
            raise ApprovalNeeded
        return run_now(made)


def _accepting() -> dict[str, Any]:
    return {**getattr(settings, "JOBSMITH", {}), "ACCEPT_WITHOUT_WORKER": True}


def _user(username: str) -> Any:
    users = get_user_model()._default_manager
    found = users.filter(username=username).first()
    return found or users.create_superuser(username=username, email="test@example.org")


class TransactionTestCase(test.TransactionTestCase):
    """Django's, with a user, and with an assertion about a run."""

    user: Model

    def setUp(self) -> None:
        """Make the user."""
        super().setUp()
        self.user = _user("test-user")

    def assertJobResultStatus(  # noqa: N802 - the name that authors know
        self, job_result: JobResult, expected_status: str = Status.SUCCESS
    ) -> None:
        """Fail with the run's log and traceback when it ended in another way."""
        if job_result.status == expected_status:
            return
        lines = job_result.job_log_entries.order_by("seq").values_list("log_level", "message")
        told = [f"{level}: {text}" for level, text in lines]
        ended = f"The run ended as {job_result.status}, not {expected_status}."
        self.fail("\n".join([ended, *told, job_result.traceback or ""]))
