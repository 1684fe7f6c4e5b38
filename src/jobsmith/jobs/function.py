"""``@job``: a plain typed function as a job."""

from collections.abc import Callable
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, TypeVar, get_type_hints, overload

from .annotations import Convert, variable_for
from .base import Job
from .docstrings import read_docstring
from .options import OPTIONS
from .registry import register_jobs
from .retries import RETRY_OPTIONS

_F = TypeVar("_F", bound=Callable[..., Any])
_KINDS = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
_NOTHING: tuple[Any, ...] = (None, "", [])


@overload
def job(function: _F, /) -> _F: ...
@overload
def job(**options: Any) -> Callable[[_F], _F]: ...
def job(function: Any = None, /, **options: Any) -> Any:
    """Offer a function as a job; it stays a function that can be called.

    Parameters become variables by their annotations, the docstring becomes the description and
    the help. ``options`` are those of ``Meta``. A parameter annotated ``Job`` gets the running job.
    """
    unknown = options.keys() - OPTIONS.keys() - {"concurrency", *RETRY_OPTIONS}
    if unknown:
        raise TypeError(f"@job has no option {', '.join(sorted(unknown))}.")

    def decorate(function: Any) -> Any:
        function.job = _class_of(function, options)
        register_jobs(function.job)
        return function

    return decorate if function is None else decorate(function)


def job_class_of(obj: Any) -> Any:
    """The class of a function that is a job; anything else as it is."""
    return vars(obj).get("job", obj) if isinstance(obj, FunctionType) else obj


def _class_of(function: Any, options: dict[str, Any]) -> type[Job]:
    description, help_texts = read_docstring(function.__doc__)
    hints = get_type_hints(function, include_extras=True)
    variables: dict[str, Any] = {}
    converts: dict[str, Convert] = {}
    running = ""
    for name, parameter in signature(function).parameters.items():
        hint = hints.get(name, str)
        if isinstance(hint, type) and issubclass(hint, Job):
            running = name
            continue
        variables[name], converts[name] = _variable(function, parameter, hint, help_texts)
    said = {"name": _title(function.__name__), "description": description} | options
    body = {
        "Meta": type("Meta", (), said),
        "run": _run(function, converts, running),
        "file_path": function.__code__.co_filename,
        "source_line": function.__code__.co_firstlineno,
        "__module__": function.__module__,
        "__qualname__": function.__qualname__,
        "__doc__": function.__doc__,
    }
    if taken := sorted(variables.keys() & (vars(Job).keys() | body.keys()) - OPTIONS.keys()):
        raise TypeError(f"{function.__name__}: a parameter may not be called {taken[0]}.")
    return type(function.__name__, (Job,), variables | body)


def _variable(
    function: Any, parameter: Parameter, hint: Any, help_texts: dict[str, str]
) -> tuple[Any, Convert]:
    common: dict[str, Any] = {"description": help_texts.get(parameter.name, "")}
    if parameter.kind not in _KINDS:
        raise TypeError(f"{function.__name__}: {parameter} cannot be asked for by name.")
    if parameter.default is not Parameter.empty:
        common |= {"default": parameter.default, "required": False}
    try:
        return variable_for(hint, **common)
    except TypeError as error:
        raise TypeError(f"{function.__name__}: {parameter.name}: {error}") from error


def _run(function: Any, converts: dict[str, Convert], running: str) -> Any:
    defaults = {
        name: each.default
        for name, each in signature(function).parameters.items()
        if each.default is not Parameter.empty
    }

    def run(self: Job, **given: Any) -> Any:
        values = {
            name: defaults[name] if name in defaults and _is_nothing(value) else convert(value)
            for name, convert in converts.items()
            for value in [given.get(name)]
        }
        return function(**values, **({running: self} if running else {}))

    return run


def _is_nothing(value: Any) -> bool:
    return any(value is each or (type(value) is type(each) and value == each) for each in _NOTHING)


def _title(name: str) -> str:
    return name.strip("_").replace("_", " ").capitalize()
