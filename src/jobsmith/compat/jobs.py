"""``nautobot.apps.jobs`` and ``nautobot.extras.jobs``."""

from importlib import import_module
from typing import Any, ClassVar

from django.apps import apps
from django.forms import FileField as DatabaseFileField

from jobsmith import jobs as ours
from jobsmith.jobs import (
    BooleanVar,
    ChoiceVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    RunJobTaskFailed,
    ScriptVariable,
    StringVar,
    TextVar,
    is_job,
    is_variable,
    register_jobs,
)
from jobsmith.jobs.registry import registered

from .encoder import NautobotKombuJSONEncoder
from .logs import get_task_logger
from .refusing import refusing

__all__ = [
    "BaseJob",
    "BooleanVar",
    "ChoiceVar",
    "DatabaseFileField",
    "DryRunVar",
    "FileVar",
    "GitRepositoryDryRun",
    "GitRepositorySync",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "IntegerVar",
    "JSONVar",
    "Job",
    "JobButtonReceiver",
    "JobHookReceiver",
    "MultiChoiceVar",
    "MultiObjectVar",
    "NautobotKombuJSONEncoder",
    "ObjectVar",
    "RunJobTaskFailed",
    "ScriptVariable",
    "StringVar",
    "TextVar",
    "enqueue_job_hooks",
    "get_celery_queues",
    "get_job",
    "get_jobs",
    "get_task_logger",
    "is_job",
    "is_variable",
    "register_jobs",
    "run_console_log_job_and_return_job_result",
    "run_job",
]


def _inputs() -> Any:
    """Asked for late: this module is imported by tests that have no Django yet."""
    return import_module("jobsmith.compat.inputs")


class Job(ours.Job):
    """A job whose inputs are sealed unless it says otherwise."""

    is_base = True
    meta_defaults: ClassVar[dict[str, Any]] = {"has_sensitive_variables": True}

    @classmethod
    def as_form_class(cls) -> type[Any]:
        """The form of its variables; takes data, files and initial values."""
        made: type[Any] = _inputs().form_class(cls)
        return made

    @classmethod
    def as_form(
        cls, data: Any = None, files: Any = None, initial: Any = None, approval_view: bool = False
    ) -> Any:
        """Such a form; ``approval_view`` disables it."""
        return _inputs().form(cls, data, files, initial, approval_view)

    @classmethod
    def as_execution_form(
        cls, data: Any = None, initial: Any = None, approval_view: bool = False
    ) -> Any:
        """A form of how to run."""
        return _inputs().execution_form(cls, data, initial, approval_view)

    @classmethod
    def validate_data(cls, data: Any, files: Any = None) -> dict[str, Any]:
        """Data as the form cleans it, with records and addresses; raises ValidationError."""
        return dict(_inputs().checked(cls, data, files))

    @classmethod
    def serialize_data(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Values in their JSON form."""
        return dict(_inputs().serialized(cls, data))

    @classmethod
    def deserialize_data(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The values for ``run()`` of data in its JSON form."""
        return dict(_inputs().deserialized(cls, data))

    @classmethod
    def prepare_job_kwargs(cls, job_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Those of the given that are variables."""
        return dict(_inputs().job_kwargs(cls, job_kwargs))


class JobHookReceiver(Job, ours.JobHookReceiver):
    """Started by a job hook; override ``receive_job_hook``."""

    is_base = True


class JobButtonReceiver(Job, ours.JobButtonReceiver):
    """Started by a job button; override ``receive_job_button``."""

    is_base = True


class GitRepositorySync(Job):
    """Here the server syncs repositories itself: there is nothing for job code to call."""

    is_base = True


class GitRepositoryDryRun(Job):
    """See `GitRepositorySync`."""

    is_base = True


BaseJob = Job

enqueue_job_hooks = refusing("nautobot.apps.jobs.enqueue_job_hooks")
run_job = refusing("nautobot.extras.jobs.run_job")
run_console_log_job_and_return_job_result = refusing(
    "nautobot.extras.jobs.run_console_log_job_and_return_job_result"
)


def get_jobs(reload: bool = False) -> dict[str, type[ours.Job]]:
    """The job classes that this process has loaded, by path."""
    return registered()


def get_job(class_path: str, reload: bool = False) -> type[ours.Job] | None:
    """The job class of that path, as far as this process has loaded it."""
    return registered().get(class_path)


def get_celery_queues() -> dict[str, int]:
    """How many workers listen on each queue."""
    queues: dict[str, int] = {}
    # Asked for late: this module is imported by tests that have no Django yet.
    workers: Any = apps.get_model("jobsmith", "Worker")._default_manager
    for worker in workers.alive().filter(kind="worker", draining=False):
        for name in worker.queues:
            queues[name] = queues.get(name, 0) + 1
    return queues
