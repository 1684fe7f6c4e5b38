"""From a job class to its `JobSpec`."""

from inspect import getsourcelines
from itertools import chain
from typing import Any

from jobsmith.specs import JobSpec, Problem, VariableSpec

from .base import Job
from .concurrency import describe_limit
from .options import OPTIONS, read_option
from .receivers import JobButtonReceiver, JobHookReceiver
from .registry import registered
from .retries import describe_retries
from .safe import safe_text

_FLAGS = (
    "dryrun_default",
    "console_log_default",
    "has_sensitive_variables",
    "hidden",
    "is_singleton",
    "read_only",
    "soft_time_limit",
    "time_limit",
    "template_name",
)


def describe(job_class: type[Job]) -> JobSpec:
    """All that a record needs to know of the class; TypeError or ValueError says what is wrong.

    ``file`` is the path as Python knows it: the caller makes it relative to its source.
    """
    options = {name: read_option(job_class, name) for name in OPTIONS}
    variables = [each.describe(name) for name, each in job_class.variables().items()]
    _check_references(variables)
    file, line = _place(job_class)
    return JobSpec(
        module_name=job_class.__module__,
        job_class_name=job_class.__name__,
        name=_one_line(options["name"] or job_class.__name__),
        grouping=_one_line(_grouping(job_class)),
        description=options["description"],
        task_queues=[str(queue) for queue in options["task_queues"]],
        approval_required=getattr(job_class.Meta, "approval_required", False) is True,
        supports_dryrun=job_class.supports_dryrun,
        is_job_hook_receiver=issubclass(job_class, JobHookReceiver),
        is_job_button_receiver=issubclass(job_class, JobButtonReceiver),
        validates_data=_overrides_validation(job_class),
        variables=tuple(variables),
        file=file,
        line=line,
        **{name: options[name] for name in _FLAGS},
        **describe_limit(job_class, variables),
        **describe_retries(job_class),
    )


def describe_all() -> tuple[list[JobSpec], list[Problem]]:
    """Specs of all registered classes, and a problem for each class that cannot be described."""
    specs: list[JobSpec] = []
    problems: list[Problem] = []
    for job_class in registered().values():
        try:
            specs.append(describe(job_class))
        except Exception as error:  # author code may raise anything
            problems.append(_problem(job_class, error))
    return specs, problems


def _problem(job_class: type[Job], error: Exception) -> Problem:
    file, line = _place(job_class)
    said = safe_text(error) or type(error).__name__
    if not isinstance(error, TypeError | ValueError):
        said = f"{type(error).__name__}: {said}"
    return Problem(
        code="bad_job_class", message=f"{job_class.__name__}: {said}", file=file, line=line
    )


def _grouping(job_class: Any) -> str:
    return str(job_class.grouping)


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def _overrides_validation(job_class: type[Job]) -> bool:
    definer = next(each for each in job_class.__mro__ if "validate_data" in vars(each))
    return "is_base" not in vars(definer)


def _place(job_class: type) -> tuple[str, int]:
    """File and line of the class, as far as they can be told."""
    try:
        file = str(job_class.file_path) if issubclass(job_class, Job) else ""
    except Exception:  # classes made by hand have no file
        return "", 0
    try:
        return file, int(vars(job_class).get("source_line", 0)) or getsourcelines(job_class)[1]
    except Exception:  # nor always a line
        return file, 0


def _check_references(variables: list[VariableSpec]) -> None:
    names = {each.name for each in variables}
    for each in variables:
        params = [str(v)[1:] for v in each.query_params.values() if str(v).startswith("$")]
        for other in chain(each.show_when, each.required_when, each.depends_on, params):
            if other not in names:
                raise ValueError(f"{each.name} refers to {other}, which is no variable of the job.")
            if other == each.name:
                raise ValueError(f"{each.name} refers to itself.")
