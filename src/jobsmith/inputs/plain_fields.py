"""Form fields for one plain value: lists and objects of a JSON body are refused, not converted."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

ONE_VALUE = "Enter one value, not a list or an object."
WORDS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off", "none", ""), False),
}


class OneValue(forms.Field):
    """Refuses several; an empty list is not nothing."""

    def clean(self, value: Any) -> Any:
        """The value; raises ValidationError."""
        if isinstance(value, list | tuple | dict):
            raise ValidationError(ONE_VALUE, code="invalid")
        return super().clean(value)


class WholeField(OneValue, forms.IntegerField):
    """A whole number."""


class NumberField(OneValue, forms.FloatField):
    """A number; what is larger than a computer's is none."""

    def to_python(self, value: Any) -> Any:
        """The number."""
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class Switch(forms.CheckboxInput):
    """A checkbox that keeps what was sent, so that words which are no answer can be refused."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was sent; False for a box without a tick."""
        return data.get(name, False)


class SwitchField(OneValue, forms.BooleanField):
    """Yes or no, in a few words."""

    widget = Switch

    def to_python(self, value: Any) -> bool:
        """True or False; any other word is refused."""
        found = WORDS.get(str(value).lower())
        if found is None:
            raise ValidationError("Enter true or false.", code="invalid")
        return found


class ChoiceField(OneValue, forms.ChoiceField):
    """One of the choices."""


class ChoicesField(forms.MultipleChoiceField):
    """Some of the choices, as a list."""

    def to_python(self, value: Any) -> list[str]:
        """The choices; an object is no list, not even an empty one."""
        if isinstance(value, dict):
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        return super().to_python(value)


class _TextOfTime(OneValue):
    """Takes times as text only: a number could mean anything."""

    def to_python(self, value: Any) -> Any:
        """The time."""
        if value is not None and not isinstance(value, str | datetime.date):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DayField(_TextOfTime, forms.DateField):
    """A date."""


class MomentField(_TextOfTime, forms.DateTimeField):
    """A date and time."""

    def to_python(self, value: Any) -> Any:
        """The moment; one that no clock can show in every zone is refused."""
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        """Initial values come as ISO text; the widget wants its own form."""
        try:
            value = self.to_python(value) if isinstance(value, str) else value
        except ValidationError:
            return value
        return super().prepare_value(value)
