"""Fields that forms of records need beyond Django's."""

import json
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError

from jobsmith.inputs.text_fields import JSONField


class WordsField(forms.CharField):
    """Words parted by commas or blanks; the value is their list."""

    def clean(self, value: Any) -> Any:
        """The list, in the order in which it was typed."""
        return list(dict.fromkeys(re.findall(r"[^\s,]+", super().clean(value))))

    def prepare_value(self, value: Any) -> Any:
        """The list as it is typed."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class LinesField(forms.CharField):
    """Texts, one a line; the value is their list."""

    widget = forms.Textarea(attrs={"rows": 5, "class": "jsm-in mono few"})

    def clean(self, value: Any) -> Any:
        """The lines that say something."""
        lines = (line.strip() for line in super().clean(value).splitlines())
        return [line for line in lines if line]

    def prepare_value(self, value: Any) -> Any:
        """One a line."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value


class NetworksField(WordsField):
    """Networks, one a line; whether they are networks the action says."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "jsm-in mono few"})

    def prepare_value(self, value: Any) -> Any:
        """One a line."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value


class SaidJSONField(JSONField):
    """JSON that is written by hand: a mistake is named by line and column."""

    widget = forms.Textarea(attrs={"rows": 8, "class": "jsm-in mono", "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """What the text says; None for no text."""
        try:
            json.loads(value or "null")
        except json.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise ValidationError(f"This is no JSON: {error.msg} at {place}.") from error
        except (RecursionError, ValueError) as error:
            raise ValidationError("It is nested too deeply, or a number is too long.") from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """As it was typed."""
        return data

    def prepare_value(self, value: Any) -> Any:
        """The value as people write it; what was typed stays as it was typed."""
        if isinstance(value, str):
            return value
        return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


class ColorField(forms.CharField):
    """A colour as browsers pick it (``#rrggbb``); the value has no ``#``."""

    widget = forms.TextInput(attrs={"type": "color", "class": "jsm-in color"})

    def clean(self, value: Any) -> Any:
        """Six digits, lower case; whether they are that the action says."""
        return super().clean(value).removeprefix("#").lower()

    def prepare_value(self, value: Any) -> Any:
        """With ``#``."""
        return f"#{value.removeprefix('#')}" if isinstance(value, str) else value


MACHINERY = {
    *("admin.logentry", "auth.permission", "contenttypes.contenttype", "sessions.session"),
    "jobsmith.concurrencyslot",
    *("jobsmith.hookfiring", "jobsmith.idempotencykey", "jobsmith.signinfailure"),
    *("jobsmith.notificationdelivery", "jobsmith.notificationevent", "jobsmith.tally"),
    "jobsmith.jobwebhookdelivery",
    *("jobsmith.source", "jobsmith.sourceproblem", "jobsmith.sourcetree"),
}
"""Kinds of record that no page and no job asks a right to."""


class KindsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic when run
    """Kinds of record, by the name that people know and the one that rights are written by."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ContentType.objects.none(), **kwargs)

    def offer(self, chosen: Iterable[ContentType]) -> None:
        """Look up what kinds there are; they may differ from process to process, not by user.

        Those that were chosen before are offered whatever they are, so that they stay.
        """
        kept = {each.pk for each in chosen}
        rows = ContentType.objects.order_by("app_label", "model")
        living = [
            each.pk
            for each in rows
            if each.model_class() is not None
            and (each.pk in kept or f"{each.app_label}.{each.model}" not in MACHINERY)
        ]
        self.queryset = rows.filter(pk__in=living)

    def label_from_instance(self, obj: Any) -> str:
        """``Job queue (jobsmith.jobqueue)``."""
        name = str(obj.name)
        return f"{name[:1].upper()}{name[1:]} ({obj.app_label}.{obj.model})"
