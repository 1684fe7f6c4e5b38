"""What only a job's code can answer: dynamic choices, defaults, querysets, its own validation.

Runs where job code may run: in the options child and in `jobsmith.testing`. JSON in and out.
"""

from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any

from jobsmith.specs import JSON, MOST_RECORDS

from .base import Job
from .safe import safe_text
from .variables import ChoiceVar, ObjectVar, plain_choices, plain_value


def choices(job_class: type[Job], variable: str, values: Mapping[str, JSON]) -> list[Any]:
    """Choices of a variable, as ``[value, label]`` pairs and ``[group, [pairs]]``."""
    found = job_class.variables()[variable]
    if not isinstance(found, ChoiceVar):
        raise TypeError(f"{variable} has no choices.")
    source = found.choices
    if not callable(source):
        return plain_choices(source)
    if found.depends_on:
        return plain_choices(source({name: values.get(name) for name in found.depends_on}))
    return plain_choices(source(dict(values)) if _takes_values(source) else source())


def default(job_class: type[Job], variable: str) -> JSON:
    """Default of a variable."""
    found = job_class.variables()[variable].default
    return plain_value(found() if callable(found) else found)


def pks(job_class: type[Job], variable: str) -> list[str]:
    """Keys of the records that the author's queryset holds; one beyond the most says: more."""
    found = job_class.variables()[variable]
    if not isinstance(found, ObjectVar):
        raise TypeError(f"{variable} has no queryset.")
    queryset = found.queryset() if callable(found.queryset) else found.queryset
    return [str(pk) for pk in queryset.all().values_list("pk", flat=True)[: MOST_RECORDS + 1]]


def validate(job_class: type[Job], values: Mapping[str, JSON]) -> dict[str, list[str]]:
    """Refusals of the author's ``validate_data``: sentences by variable, or by ``__all__``."""
    try:
        job_class.validate_data(dict(values))
    except Exception as error:  # a refusal, if it is a ValidationError; else a bug to report
        if not hasattr(error, "error_list") and not hasattr(error, "error_dict"):
            raise
        return _refusals(error)
    return {}


def _refusals(error: Any) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return {
            name: [safe_text(each) for each in sentences]
            for name, sentences in error.message_dict.items()
        }
    return {"__all__": [safe_text(each) for each in error.messages]}


def _takes_values(source: Any) -> bool:
    try:
        parameters = signature(source).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return any(each.kind in kinds and each.default is Parameter.empty for each in parameters)
