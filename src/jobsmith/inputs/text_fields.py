"""Form fields for text and JSON that every database can hold."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from jobsmith.errors import JobsmithError
from jobsmith.received import check_json, is_text

from . import json_schema_check
from .patterns import PatternBroken, PatternTooSlow, found

NO_UNICODE = "This text holds characters that are not valid Unicode."


class TextField(forms.CharField):
    """Text; lists and objects of a JSON body are not taken for text."""

    def to_python(self, value: Any) -> str:
        """The text."""
        if isinstance(value, list | dict):
            raise ValidationError("Enter text.")
        text = super().to_python(value) or ""
        if not is_text(text):
            raise ValidationError(NO_UNICODE)
        return text


class MatchesPattern:
    """Refuses text in which an author's pattern does not occur."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __call__(self, value: str) -> None:
        """Raise unless it occurs."""
        refused = f"Invalid value. Must match regex: {self._pattern}"
        try:
            matches = found(self._pattern, value)
        except PatternTooSlow as error:
            raise ValidationError(f"{refused} (it took too long to check)") from error
        except PatternBroken as error:
            raise ValidationError(f"{refused} (the pattern cannot be used)") from error
        if not matches:
            raise ValidationError(refused, code="invalid")


class JSONField(forms.JSONField):
    """JSON; an empty object or list is a value like any other."""

    empty_values: Any = (None, "")

    def __init__(self, *, schema: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._schema = schema

    def to_python(self, value: Any) -> Any:
        """The value; what no database holds (NaN, NUL, lone surrogates) is refused."""
        if value in self.empty_values:
            return None
        try:
            found_value = value if isinstance(value, bool) else super().to_python(value)
            check_json(found_value)
        except JobsmithError as error:
            raise ValidationError(error.message) from error
        except (RecursionError, ValueError, TypeError) as error:
            raise ValidationError("Enter a valid JSON.", code="invalid") from error
        return found_value

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What a refused form shows again: as it was sent, where it cannot be read."""
        try:
            value = super().bound_data(data, initial)
            check_json(value)
        except (RecursionError, ValueError, TypeError, JobsmithError):
            return InvalidJSONInput(data)
        return value

    def prepare_value(self, value: Any) -> Any:
        """An empty box for nothing, which the base would show as ``null``."""
        return None if value is None else super().prepare_value(value)

    def validate(self, value: Any) -> None:
        """Check the author's schema."""
        super().validate(value)
        if value is not None and self._schema is not None:
            sentence = json_schema_check.refusal(self._schema, value)
            if sentence is not None:
                raise ValidationError(sentence)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Not asked; the base class would parse."""
        return bool(initial != data)
