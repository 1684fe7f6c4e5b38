"""The form for callers that send JSON: REST, GraphQL, the command line."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from jobsmith.errors import InputsRefused
from jobsmith.specs import JobSpec, VariableSpec

from .form import Answers, RunForm, build_form, nothing_viewable
from .objects import Scope, Viewable, as_key

NO_DICT = "Job data needs to be a dict"
UNKNOWN = "Job data contained an unknown property"


def form_from_json(
    spec: JobSpec,
    data: object,
    *,
    files: Any = None,
    user: Any,
    answers: Answers | None = None,
    viewable: Viewable = nothing_viewable,
) -> RunForm:
    """A bound form; InputsRefused for what is refused before any field is looked at.

    Errors under ``__all__`` of that refusal travel as a list, those of variables as a dict.
    """
    if not isinstance(data, Mapping):
        raise InputsRefused({"__all__": [NO_DICT]}, NO_DICT)
    variables = {each.name: each for each in spec.variables}
    given = (*data, *(files or {}))
    unknown = {str(name): [UNKNOWN] for name in given if name not in variables}
    if unknown:
        raise InputsRefused(unknown, UNKNOWN)
    for name, value in data.items():
        _refuse_at_once(variables[name], value)
    return build_form(
        spec,
        data=dict(data),
        files=files or {},
        user=user,
        answers=answers,
        viewable=viewable,
    )


def _refuse_at_once(variable: VariableSpec, value: object) -> None:
    """What existing clients are told without the name of a field."""
    conditional = variable.show_when or variable.required_when
    if value is None and variable.required and not conditional:
        sentence = f"{variable.name} is a required field"
        raise InputsRefused({"__all__": [sentence]}, sentence)
    if variable.model and value is not None:
        _refuse_malformed_keys(variable, value)


def _refuse_malformed_keys(variable: VariableSpec, value: object) -> None:
    several = value if isinstance(value, list) else [value]
    one_by_lookup = variable.type == "ObjectVar" and isinstance(value, dict)
    if one_by_lookup or value == "" or (variable.null_option and value == "null"):
        return
    scope = Scope(variable=variable, user=None, viewable=nothing_viewable)
    for each in several:
        try:
            as_key(scope.model, each)
        except ValidationError as error:
            raise InputsRefused({"__all__": error.messages}, error.messages[0]) from error
        except TypeError as error:
            raise InputsRefused({variable.name: ["Enter a key."]}) from error
