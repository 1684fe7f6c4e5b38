"""From the spec of a variable to its form field."""

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from jobsmith.conf import conf
from jobsmith.specs import VariableSpec

from .addresses import AddressField, MaskedAddressField, at_least, at_most, is_network
from .object_fields import ObjectField, ObjectsField
from .plain_fields import (
    ChoiceField,
    ChoicesField,
    DayField,
    MomentField,
    NumberField,
    SwitchField,
    WholeField,
)
from .text_fields import JSONField, MatchesPattern, TextField

BLANK = ("", "---------")


def build_field(variable: VariableSpec) -> forms.Field:
    """The field of a variable; it carries the variable as ``spec``."""
    build = _BUILDERS.get(variable.type, _string)
    field = build(variable, _common(variable))
    field.spec = variable  # type: ignore[attr-defined]
    field.widget.attrs.update(_attributes(variable))
    return field


def set_choices(field: forms.Field, variable: VariableSpec, choices: list[Any]) -> None:
    """Offer those choices (pairs and groups)."""
    offered: list[Any] = [
        (value, [tuple(pair) for pair in label]) if isinstance(label, list) else (value, label)
        for value, label in choices
    ]
    if _takes_blank(variable) and not any(value == "" for value, _ in offered):
        offered.insert(0, BLANK)
    field.choices = offered  # type: ignore[attr-defined]


def _takes_blank(variable: VariableSpec) -> bool:
    """Whether nothing may be chosen, or has to be until somebody chooses."""
    unchosen = not variable.required or variable.default in (None, "")
    return variable.type == "ChoiceVar" and variable.widget != "radio" and unchosen


def empty_value(variable: VariableSpec) -> Any:
    """What ``run()`` gets for a variable that was not asked for."""
    if variable.type in {"BooleanVar", "DryRunVar"}:
        return False
    if variable.type in {"StringVar", "TextVar", "SecretVar", "ChoiceVar"}:
        return ""
    return [] if variable.type in {"MultiChoiceVar", "MultiObjectVar"} else None


def _common(variable: VariableSpec) -> dict[str, Any]:
    own = "Dry run" if variable.name == "dryrun" else None  # no word that can be taken apart
    return {
        "label": variable.label or own,
        "help_text": variable.description,
        "required": variable.required,
    }


def _attributes(variable: VariableSpec) -> dict[str, str]:
    """What the page's own script needs; without it the server applies the same rules."""
    said = {
        "data-type": variable.type,
        "data-show-when": json.dumps(variable.show_when) if variable.show_when else "",
        "data-required-when": json.dumps(variable.required_when) if variable.required_when else "",
        "data-depends-on": " ".join(variable.depends_on),
        "data-model": variable.model,
        "data-display-field": variable.display_field if variable.model else "",
        "data-query-params": json.dumps(variable.query_params) if variable.query_params else "",
    }
    return {name: value for name, value in said.items() if value}


def _string(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    validators = [MatchesPattern(variable.regex)] if variable.regex else []
    return TextField(
        min_length=_whole(variable.min_length),
        max_length=_whole(variable.max_length),
        validators=validators,
        widget=_text_widget(variable),
        **common,
    )


def _text_widget(variable: VariableSpec) -> forms.Widget:
    if variable.widget == "textarea":
        return forms.Textarea(attrs={"rows": 5})
    if variable.widget == "password":
        return forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.TextInput()


def _text(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return TextField(widget=forms.Textarea(attrs={"rows": 5}), **common)


def _secret(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return TextField(
        min_length=_whole(variable.min_length),
        max_length=_whole(variable.max_length),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        **common,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _integer(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    low, high = _whole(variable.min_value), _whole(variable.max_value)
    return WholeField(min_value=low, max_value=high, **common)


def _float(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return NumberField(min_value=variable.min_value, max_value=variable.max_value, **common)


def _boolean(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return SwitchField(**{**common, "required": False})


def _date(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return DayField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **common)


def _moment(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    attributes = {"type": "datetime-local", "step": "1"}
    widget = forms.DateTimeInput(attrs=attributes, format="%Y-%m-%dT%H:%M:%S")
    return MomentField(widget=widget, **common)


def _choice(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    widget = forms.RadioSelect() if variable.widget == "radio" else forms.Select()
    field = ChoiceField(widget=widget, **common)
    set_choices(field, variable, variable.choices or [])
    return field


def _choices(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    boxes = variable.widget == "checkboxes"
    widget = forms.CheckboxSelectMultiple() if boxes else forms.SelectMultiple()
    field = ChoicesField(widget=widget, **common)
    set_choices(field, variable, variable.choices or [])
    return field


def _object(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return ObjectField(variable=variable, **common)


def _objects(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return ObjectsField(variable=variable, **common)


def _file(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return forms.FileField(max_length=255, widget=forms.FileInput(), validators=[_fits], **common)


def _fits(upload: Any) -> None:
    limit = conf().max_file_bytes
    if isinstance(upload, UploadedFile) and (upload.size or 0) > limit:
        raise ValidationError(f"The file is larger than {filesizeformat(limit)}.")


def _address(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return AddressField(**common)


def _masked(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    return MaskedAddressField(**common)


def _network(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    validators: list[Callable[[Any], None]] = [is_network]
    if variable.min_prefix_length is not None:
        validators.append(at_least(variable.min_prefix_length))
    if variable.max_prefix_length is not None:
        validators.append(at_most(variable.max_prefix_length))
    return MaskedAddressField(validators=validators, **common)


def _json(variable: VariableSpec, common: dict[str, Any]) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})
    return JSONField(schema=variable.schema, widget=widget, **common)


_BUILDERS: dict[str, Callable[[VariableSpec, dict[str, Any]], forms.Field]] = {
    "StringVar": _string,
    "TextVar": _text,
    "SecretVar": _secret,
    "IntegerVar": _integer,
    "FloatVar": _float,
    "BooleanVar": _boolean,
    "DryRunVar": _boolean,
    "DateVar": _date,
    "DateTimeVar": _moment,
    "ChoiceVar": _choice,
    "MultiChoiceVar": _choices,
    "ObjectVar": _object,
    "MultiObjectVar": _objects,
    "FileVar": _file,
    "IPAddressVar": _address,
    "IPAddressWithMaskVar": _masked,
    "IPNetworkVar": _network,
    "JSONVar": _json,
}
