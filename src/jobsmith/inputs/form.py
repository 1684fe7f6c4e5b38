"""The one form that all doors validate inputs with, made from a job's spec."""

from collections.abc import Mapping
from typing import Any, Protocol

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.forms import BoundField

from jobsmith.errors import OptionsUnavailable
from jobsmith.specs import (
    DYNAMIC_CHOICES,
    DYNAMIC_DEFAULT,
    DYNAMIC_QUERYSET,
    JSON,
    JobSpec,
    VariableSpec,
)

from .codec import CleanInputs, to_json
from .conditions import holds
from .fields import build_field, empty_value, set_choices
from .object_fields import ObjectField
from .objects import Scope, Viewable, as_key

RECORD = ("object_model_name", "object_pk")
"""How the job of a button is told for which record it runs."""
NO_RECORD = "There is no such record that you may see."


class Answers(Protocol):
    """What only the job's code knows; every method may raise OptionsUnavailable."""

    def choices(self, variable: str, values: dict[str, JSON]) -> list[Any]:
        """Choices as ``[value, label]`` pairs and ``[group, [pairs]]``."""
        ...

    def default(self, variable: str) -> JSON:
        """The default."""
        ...

    def pks(self, variable: str) -> list[str]:
        """Keys of the records that the author's queryset holds."""
        ...

    def validate(self, values: dict[str, JSON]) -> dict[str, list[str]]:
        """Sentences of the author's ``validate_data`` by variable, or by ``__all__``."""
        ...


class NoAnswers:
    """Stands in where nobody can ask the job's code."""

    def choices(self, variable: str, values: dict[str, JSON]) -> list[Any]:
        """Nobody knows."""
        raise OptionsUnavailable

    def default(self, variable: str) -> JSON:
        """Nobody knows."""
        raise OptionsUnavailable

    def pks(self, variable: str) -> list[str]:
        """Nobody knows."""
        raise OptionsUnavailable

    def validate(self, values: dict[str, JSON]) -> dict[str, list[str]]:
        """Nobody knows."""
        raise OptionsUnavailable


def nothing_viewable(model: type[Model], user: Any) -> "QuerySet[Any]":
    """The rows a form may look at when its door names no policy: none."""
    return model._default_manager.none()


def build_form(
    spec: JobSpec,
    *,
    data: Any = None,
    files: Any = None,
    initial: Mapping[str, JSON] | None = None,
    user: Any,
    answers: Answers | None = None,
    viewable: Viewable = nothing_viewable,
) -> "RunForm":
    """The form of a job; bound when it is given ``data``."""
    return RunForm(
        spec,
        data=data,
        files=files,
        initial=initial,
        context=Context(user=user, answers=answers or NoAnswers(), viewable=viewable),
    )


class Context:
    """Who asks, and whom the form may ask."""

    def __init__(self, *, user: Any, answers: Answers, viewable: Viewable) -> None:
        self.user = user
        self.answers = answers
        self.viewable = viewable


class RunForm(forms.Form):
    """Inputs of one run."""

    def __init__(
        self,
        spec: JobSpec,
        *,
        data: Any,
        files: Any,
        initial: Mapping[str, JSON] | None,
        context: Context,
    ) -> None:
        super().__init__(data=data, files=files)
        self.spec = spec
        self.notices: dict[str, str] = {}
        """Sentences by variable (or ``__all__``): what the job's code did not answer."""
        self.hidden: set[str] = set()
        """Variables that were not asked for."""
        self._context = context
        self._settled: set[str] = set()
        self._json: dict[str, JSON] = {}
        """Beside ``cleaned_data``: asking chosen records for their keys costs a query each time."""
        for variable in spec.variables:
            self.fields[variable.name] = build_field(variable)
        if any(each.show_when or each.required_when for each in spec.variables):
            # A browser must not insist on what another answer makes superfluous.
            self.use_required_attribute = False
        self.initial = self._defaults() | _without_secrets(spec, initial or {})
        if not self.is_bound:
            self._prepare_all()

    @property
    def sections(self) -> list[tuple[str, list[BoundField]]]:
        """Bound fields by heading, both in the author's order; fields without one come first."""
        found: dict[str, list[BoundField]] = {}
        for variable in self.spec.variables:
            found.setdefault(variable.section, []).append(self[variable.name])
        return sorted(found.items(), key=lambda item: item[0] != "")

    @property
    def clean_inputs(self) -> CleanInputs:
        """The inputs of a valid form: every variable has a value."""
        files = {k: v for k, v in self.cleaned_data.items() if isinstance(v, UploadedFile)}
        values = {k: v for k, v in self.cleaned_data.items() if k not in files}
        return CleanInputs(values=values, files=files)

    # Showing

    def refusals(self) -> dict[str, list[str]]:
        """What was refused, as sentences by variable name (``__all__`` for the whole)."""
        return {name: [str(each) for each in errors] for name, errors in self.errors.items()}

    def _defaults(self) -> dict[str, JSON]:
        defaults = {each.name: self._default(each) for each in self.spec.variables}
        if self.spec.supports_dryrun and "dryrun" in defaults:
            defaults["dryrun"] = self.spec.dryrun_default
        return {name: value for name, value in defaults.items() if value is not None}

    def _default(self, variable: VariableSpec) -> JSON:
        if self.is_bound or DYNAMIC_DEFAULT not in variable.dynamic:
            return variable.default
        try:
            return self._context.answers.default(variable.name)
        except OptionsUnavailable as error:
            self.notices[variable.name] = error.message
            return None

    def _prepare_all(self) -> None:
        values = dict(self.initial)
        for variable in self.spec.variables:
            try:
                self._prepare(variable, values)
            except ValidationError as error:
                self.notices[variable.name] = error.messages[0]

    def _prepare(self, variable: VariableSpec, values: Mapping[str, JSON]) -> None:
        """Ask for what is dynamic; ValidationError when the job's code does not answer."""
        field = self.fields[variable.name]
        try:
            if DYNAMIC_CHOICES in variable.dynamic:
                needed = {name: values.get(name) for name in variable.depends_on}
                choices = self._context.answers.choices(variable.name, needed)
                set_choices(field, variable, choices)
            if isinstance(field, ObjectField):
                field.selected = self[variable.name].value
                field.scope = self._scope(variable, values)
                if field.scope.notice:
                    self.notices[variable.name] = field.scope.notice
        except OptionsUnavailable as error:
            raise ValidationError(error.message) from error

    def _scope(self, variable: VariableSpec, values: Mapping[str, JSON]) -> Scope:
        dynamic = DYNAMIC_QUERYSET in variable.dynamic
        return Scope(
            variable=variable,
            user=self._context.user,
            viewable=self._context.viewable,
            params=_filled(variable.query_params, values),
            pks=self._context.answers.pks(variable.name) if dynamic else None,
        )

    # Checking

    def _clean_fields(self) -> None:
        self._settled.clear()
        self._json.clear()
        for variable in self.spec.variables:
            self._settle(variable)

    def _settle(self, variable: VariableSpec) -> None:
        """Check a variable once those it refers to are checked."""
        if variable.name in self._settled:
            return
        self._settled.add(variable.name)
        for other in self.spec.variables:
            if other.name in _references(variable):
                self._settle(other)
        values = self.json_values()
        unanswered = self._try_prepare(variable, values)
        if not holds(variable.show_when, values):
            self.hidden.add(variable.name)
            self._accept(variable.name, self._empty(variable))
            return
        if variable.required_when:
            self.fields[variable.name].required = holds(variable.required_when, values)
        if unanswered is not None:
            self.add_error(variable.name, unanswered)
            return
        self._check(variable.name)

    def _try_prepare(
        self, variable: VariableSpec, values: Mapping[str, JSON]
    ) -> ValidationError | None:
        try:
            self._prepare(variable, values)
        except ValidationError as error:
            return error
        return None

    def _check(self, name: str) -> None:
        bound = self[name]
        field = bound.field
        try:
            if isinstance(field, forms.FileField):
                _refuse_text(bound.data, self.data.get(name))
                value = field.clean(bound.data, bound.initial)
            else:
                value = field.clean(bound.data)
        except ValidationError as error:
            self.add_error(name, error)
        else:
            self._accept(name, value)

    def _accept(self, name: str, value: Any) -> None:
        self.cleaned_data[name] = value
        self._json[name] = to_json(value)

    def _empty(self, variable: VariableSpec) -> Any:
        field = self.fields[variable.name]
        if variable.type == "MultiObjectVar" and isinstance(field, ObjectField) and field.scope:
            return field.scope.model._default_manager.none()
        return empty_value(variable)

    def json_values(self) -> dict[str, JSON]:
        """What has been accepted so far, in JSON form."""
        return {name: self._json[name] for name in self.cleaned_data}

    def clean(self) -> dict[str, Any]:
        """Let the author's ``validate_data`` refuse what the fields accepted."""
        if self.spec.is_job_button_receiver and self.cleaned_data.keys() >= set(RECORD):
            self._refuse_unseen_record()
        if self.spec.validates_data and not self.errors:
            try:
                refusals = self._context.answers.validate(self.json_values())
            except OptionsUnavailable as error:
                raise ValidationError(error.message) from error
            for name, sentences in refusals.items():
                self.add_error(name if name in self.fields else None, list(sentences))
        return self.cleaned_data

    def _refuse_unseen_record(self) -> None:
        """Whoever runs a button's job without pressing has to see its record, too."""
        label, key = (self.cleaned_data[name] for name in RECORD)
        try:
            model = apps.get_model(label)
            rows = self._context.viewable(model, self._context.user)
            found = rows.filter(pk=as_key(model, key)).exists()
        except (LookupError, ValueError, OverflowError, ValidationError):
            found = False
        if not found:
            self.add_error("object_pk", NO_RECORD)


def _refuse_text(upload: object, text: object) -> None:
    """Text where a file belongs is told, not dropped."""
    if not upload and text not in (None, ""):
        raise ValidationError("Send a file, as multipart/form-data.", code="invalid")


def _without_secrets(spec: JobSpec, initial: Mapping[str, JSON]) -> dict[str, JSON]:
    kept = {each.name for each in spec.variables if each.type != "SecretVar"}
    return {name: to_json(value) for name, value in initial.items() if name in kept}


def _references(variable: VariableSpec) -> set[str]:
    params = [str(value)[1:] for value in variable.query_params.values() if _is_reference(value)]
    return {*variable.show_when, *variable.required_when, *variable.depends_on, *params}


def _is_reference(value: JSON) -> bool:
    return isinstance(value, str) and value.startswith("$")


def _filled(params: Mapping[str, JSON], values: Mapping[str, JSON]) -> dict[str, JSON]:
    """``query_params`` with references filled in; a reference without a value does not narrow."""
    filled = {}
    for key, value in params.items():
        given = values.get(value[1:]) if _is_reference(value) else value
        if not _is_reference(value) or given not in (None, "", []):
            filled[key] = given
    return filled
