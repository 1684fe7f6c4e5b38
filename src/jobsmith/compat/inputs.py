"""What the peer's job classes do with inputs: forms, checks, and values to JSON and back.

For job code and its tests, in the processes that load it. The doors use none of this.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import Model, QuerySet

from jobsmith.conf import conf
from jobsmith.errors import InputsRefused
from jobsmith.inputs.codec import decode, missing_objects, to_json
from jobsmith.inputs.form import Answers, Context, RunForm
from jobsmith.inputs.json_door import form_from_json
from jobsmith.jobs import Job, answers, describe
from jobsmith.models import JobFile
from jobsmith.specs import JSON, JobSpec, VariableSpec


class _OwnAnswers:
    """The class is here, so it is asked itself."""

    def __init__(self, job_class: type[Job]) -> None:
        self._job_class = job_class

    def choices(self, variable: str, values: dict[str, JSON]) -> list[Any]:
        """Choices of a variable."""
        return answers.choices(self._job_class, variable, values)

    def default(self, variable: str) -> JSON:
        """Its default."""
        return answers.default(self._job_class, variable)

    def pks(self, variable: str) -> list[str]:
        """Keys of the records that its queryset holds."""
        return answers.pks(self._job_class, variable)

    def validate(self, values: dict[str, JSON]) -> dict[str, list[str]]:
        """Not from within the form: the author's method may be what made it."""
        return {}


def _every(model: type[Model], user: object) -> "QuerySet[Any]":
    """Job code has the database anyway."""
    return model._default_manager.all()


def _spec(job_class: type[Job]) -> JobSpec:
    return replace(describe(job_class), validates_data=False)


def form_class(job_class: type[Job]) -> type[Any]:
    """The form of the class's own variables; takes data, files and initial values."""

    def begin(
        self: RunForm, data: Any = None, files: Any = None, initial: Any = None, **_: Any
    ) -> None:
        own: Answers = _OwnAnswers(job_class)
        context = Context(user=None, answers=own, viewable=_every)
        spec = _spec(job_class)
        RunForm.__init__(self, spec, data=data, files=files, initial=initial, context=context)

    return type(f"{job_class.__name__}Form", (RunForm,), {"__init__": begin})


def form(job_class: type[Job], data: Any, files: Any, initial: Any, approval_view: bool) -> RunForm:
    """Such a form; all of it is disabled for somebody who only approves."""
    made: RunForm = form_class(job_class)(data, files, initial)
    for field in made.fields.values() if approval_view else ():
        field.disabled = True
    return made


def execution_form(job_class: Any, data: Any, initial: Any, approval_view: bool) -> forms.Form:
    """How to run, as opposed to what with; a class without a record has one, too."""
    queues = job_class.task_queues or [conf().default_queue]
    made = forms.Form(data, initial=initial)
    made.fields["_profile"] = forms.BooleanField(required=False)
    if not settings.DEBUG:
        made.fields["_profile"].widget = forms.HiddenInput()
    console_log = job_class.console_log_default
    made.fields["_console_log"] = forms.BooleanField(required=False, initial=console_log)
    made.fields["_job_queue"] = forms.ChoiceField(
        required=False, choices=[(each, each) for each in queues], initial=queues[0]
    )
    if job_class.is_singleton:
        made.fields["_ignore_singleton_lock"] = forms.BooleanField(required=False)
    for field in made.fields.values() if approval_view else ():
        field.disabled = True
    return made


def checked(job_class: type[Job], data: Any, files: Any) -> dict[str, Any]:
    """Data as the form cleans it; raises ValidationError. Without files none are asked for."""
    spec = _spec(job_class)
    if files is None:
        kept = tuple(each for each in spec.variables if each.type != "FileVar")
        left_out = {each.name for each in spec.variables if each not in kept}
        spec = replace(spec, variables=kept)
        data = _without(data, left_out)
    try:
        made = form_from_json(
            spec, data, files=files, user=None, answers=_OwnAnswers(job_class), viewable=_every
        )
    except InputsRefused as refused:
        whole = refused.errors.get("__all__")
        raise ValidationError(whole or refused.errors) from refused
    if not made.is_valid():
        raise ValidationError(made.refusals())
    return made.cleaned_data


def _without(data: Any, names: set[str]) -> Any:
    if not isinstance(data, Mapping):
        return data
    return {name: value for name, value in data.items() if name not in names}


def serialized(job_class: type[Job], data: Mapping[str, Any]) -> dict[str, JSON]:
    """Values in their JSON form: keys of records, text of addresses; a file is stored first."""
    return {
        name: _stored(value) if isinstance(value, File) else to_json(value)
        for name, value in data.items()
    }


def _stored(file: "File[Any]") -> JSON:
    row = JobFile(name=str(file.name or "file")[:255], kind="input", size=file.size)
    row.file.save(row.name, file)
    row.save()
    return {"file": str(row.pk), "name": row.name}


def deserialized(job_class: type[Job], data: Any) -> dict[str, Any]:
    """The values for ``run()`` of data in its JSON form; what is no variable is left out."""
    if not isinstance(data, Mapping):
        raise TypeError("Data should be a dictionary.")
    variables = {each.name: each for each in describe(job_class).variables}
    return {
        name: _value(variables[name], value) for name, value in data.items() if name in variables
    }


def _value(variable: VariableSpec, value: JSON) -> Any:
    if value is None:
        if variable.required:
            raise ValidationError(f"{variable.name} is a required field")
        return None
    if variable.type == "ObjectVar":
        manager = apps.get_model(variable.model)._default_manager
        return manager.get(**value) if isinstance(value, dict) else manager.get(pk=value)
    if variable.type == "MultiObjectVar":
        return _several(variable, value)
    spec = JobSpec(module_name="", job_class_name="", name="", grouping="", variables=(variable,))
    return decode(spec, {variable.name: value})[variable.name]


def _several(variable: VariableSpec, pks: Any) -> "QuerySet[Any]":
    model = apps.get_model(variable.model)
    found: QuerySet[Any] = model._default_manager.filter(pk__in=pks)
    there = {str(pk) for pk in found.values_list("pk", flat=True)}
    missing = [str(pk) for pk in pks if str(pk) not in there]
    if missing:
        raise model.DoesNotExist(missing_objects(variable.name, missing))
    return found


def job_kwargs(job_class: type[Job], given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given that are variables of the class."""
    return {name: value for name, value in given.items() if name in job_class.variables()}
