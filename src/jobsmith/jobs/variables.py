"""The inputs that a job class may declare.

A variable only remembers what its author said; forms, JSON schemas and codecs are made from its
`VariableSpec` elsewhere, so nothing here needs a database or settings.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, TypedDict, Unpack

from jobsmith.specs import DYNAMIC_CHOICES, DYNAMIC_DEFAULT, DYNAMIC_QUERYSET, JSON, VariableSpec

from .returned import NOTE, to_json_safe


class Common(TypedDict, total=False):
    """Options that every variable takes."""

    label: str
    description: str
    default: Any
    """A value, or a callable without arguments that is asked each time the form is shown."""
    required: bool
    widget: Any
    section: str
    """Heading under which the form shows the variable."""
    show_when: Mapping[str, Any]
    """``{other: value or [values]}``: asked for, and kept, only while all hold."""
    required_when: Mapping[str, Any]
    """Required while all hold, optional otherwise."""


_COMMON = frozenset(Common.__annotations__)


class ScriptVariable:
    """Base of all variables."""

    own: ClassVar[tuple[str, ...]] = ()
    """Attributes that go into the spec under the same name."""

    def __init__(self, *words: str, **common: Unpack[Common]) -> None:
        unknown = common.keys() - _COMMON
        if unknown:
            names = ", ".join(sorted(unknown))
            raise TypeError(f"{type(self).__name__} has no option {names}.")
        self.label = common.get("label", *words[:1]) or ""
        self.description = common.get("description", "")
        self.default = common.get("default")
        self.required = common.get("required", True)
        self.widget = common.get("widget")
        self.section = common.get("section", "")
        self.show_when = dict(common.get("show_when") or {})
        self.required_when = dict(common.get("required_when") or {})

    @classmethod
    def type_name(cls) -> str:
        """The wire's name: that of the nearest class defined here."""
        return next(base.__name__ for base in cls.__mro__ if base.__module__ == __name__)

    def describe(self, name: str) -> VariableSpec:
        """What the author declared, as data; TypeError or ValueError says what is wrong with it."""
        dynamic = self._dynamic()
        default = None if DYNAMIC_DEFAULT in dynamic else self._default(name)
        return VariableSpec(
            name=name,
            type=self.type_name(),
            label=str(self.label),
            description=str(self.description),
            required=bool(self.required),
            default=default,
            widget=widget_hint(self.widget),
            section=str(self.section),
            show_when=_condition(name, "show_when", self.show_when),
            required_when=_condition(name, "required_when", self.required_when),
            dynamic=dynamic,
            **{each: value for each in self.own if (value := getattr(self, each)) is not None},
        )

    def _dynamic(self) -> list[str]:
        return [DYNAMIC_DEFAULT] if callable(self.default) else []

    def _default(self, name: str) -> JSON:
        value = plain_value(self.default)
        if NOTE in str(value):
            raise TypeError(f"The default of {name} has no JSON form.")
        return value


def plain_value(value: Any) -> JSON:
    """The JSON form of a default or of a condition: records become their keys."""
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(each) for each in value]
    if hasattr(type(value), "_meta") and hasattr(value, "pk"):
        return value.pk if isinstance(value.pk, int) else str(value.pk)
    return to_json_safe(value)


def _condition(name: str, option: str, condition: dict[str, Any]) -> dict[str, JSON]:
    if not all(isinstance(key, str) for key in condition):
        raise TypeError(f"{option} of {name} should map variable names to values.")
    return {key: plain_value(value) for key, value in condition.items()}


_HINTS = {
    "textarea": "textarea",
    "radioselect": "radio",
    "passwordinput": "password",
    "checkboxselectmultiple": "checkboxes",
    "hiddeninput": "hidden",
}


def widget_hint(widget: Any) -> str:
    """The hint for pages in a ``widget`` option: a word, or a Django widget (class or instance)."""
    if widget is None or isinstance(widget, str):
        return widget or ""
    kind = widget if isinstance(widget, type) else type(widget)
    return next(
        (_HINTS[b.__name__.lower()] for b in kind.__mro__ if b.__name__.lower() in _HINTS), ""
    )


class StringVar(ScriptVariable):
    """One line of text."""

    own = ("min_length", "max_length", "regex")

    def __init__(
        self,
        min_length: int | None = None,
        max_length: int | None = None,
        regex: str | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.min_length = min_length or None
        self.max_length = max_length or None
        self.regex = regex or None

    def describe(self, name: str) -> VariableSpec:
        """See the base; a pattern that is none is refused."""
        if self.regex is not None:
            _check_pattern(name, self.regex)
        return super().describe(name)


def _check_pattern(name: str, pattern: str) -> None:
    if not isinstance(pattern, str):
        raise TypeError(f"The regex of {name} should be str, not {type(pattern).__name__}.")
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"The regex of {name} is no regular expression: {error}.") from error


class TextVar(ScriptVariable):
    """Text of many lines; its widget is always the large one."""

    def describe(self, name: str) -> VariableSpec:
        """See the base; the author's own widget is not used."""
        self.widget = None
        return super().describe(name)


class SecretVar(ScriptVariable):
    """Text that is stored sealed and never shown again."""

    own = ("min_length", "max_length")

    def __init__(
        self,
        min_length: int | None = None,
        max_length: int | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.min_length = min_length
        self.max_length = max_length

    def describe(self, name: str) -> VariableSpec:
        """See the base; a default would be a secret in the code."""
        if self.default is not None:
            raise ValueError(f"{name} is a SecretVar and may not have a default.")
        return super().describe(name)


class _NumberVar(ScriptVariable):
    own = ("min_value", "max_value")

    def __init__(
        self,
        min_value: float | None = None,
        max_value: float | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.min_value = min_value
        self.max_value = max_value


class IntegerVar(_NumberVar):
    """A whole number."""


class FloatVar(_NumberVar):
    """A number."""


class BooleanVar(ScriptVariable):
    """Yes or no; never required, because no is an answer."""

    def __init__(self, *words: str, **common: Unpack[Common]) -> None:
        super().__init__(*words, **common)
        self.required = False


class DryRunVar(BooleanVar):
    """Whether the run may change anything; named ``dryrun``, it makes the job dry-runnable."""

    def __init__(self, *words: str, **common: Unpack[Common]) -> None:
        common.setdefault("description", "Check to run job in dryrun mode.")
        super().__init__(*words, **common)
        self.default = False


class DateVar(ScriptVariable):
    """A day."""


class DateTimeVar(ScriptVariable):
    """A moment; without an offset it is read in the server's time zone."""


Choices = Iterable[Any] | Callable[..., Iterable[Any]]


class ChoiceVar(ScriptVariable):
    """One of several values.

    ``choices`` are ``(value, label)`` pairs, grouped pairs, an enumeration with ``choices``, or a
    callable. With ``depends_on`` the callable takes a dict of the values of those variables.
    """

    def __init__(
        self,
        choices: Choices = (),
        *,
        depends_on: Sequence[str] = (),
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.choices = choices
        self.depends_on = [depends_on] if isinstance(depends_on, str) else list(depends_on)

    def describe(self, name: str) -> VariableSpec:
        """See the base, with the choices where they are not code."""
        spec = super().describe(name)
        choices = None if DYNAMIC_CHOICES in spec.dynamic else plain_choices(self.choices)
        return _with(spec, choices=choices, depends_on=self.depends_on)

    def _dynamic(self) -> list[str]:
        return super()._dynamic() + ([DYNAMIC_CHOICES] if self._is_code() else [])

    def _is_code(self) -> bool:
        return callable(self.choices) and not hasattr(self.choices, "choices")


class MultiChoiceVar(ChoiceVar):
    """Any number of several values."""


def plain_choices(choices: Any) -> list[Any]:
    """Choices as ``[value, label]`` pairs and ``[group, [pairs]]``."""
    choices = getattr(choices, "choices", choices)
    if isinstance(choices, Mapping):
        choices = choices.items()
    return [_plain_choice(each) for each in choices]


def _plain_choice(choice: Any) -> list[Any]:
    if not isinstance(choice, list | tuple):
        return [_scalar(choice), str(choice)]
    if len(choice) != 2:
        raise ValueError(f"A choice should be a (value, label) pair, not {choice!r:.80}.")
    value, label = choice
    if isinstance(label, list | tuple):
        return [str(value), [_plain_choice(each) for each in label]]
    return [_scalar(value), str(label)]


def _scalar(value: Any) -> JSON:
    value = value.value if isinstance(value, Enum) else value
    return value if isinstance(value, str | int | float | bool) else str(value or "")


def _with(spec: VariableSpec, **changes: Any) -> VariableSpec:
    values = {name: getattr(spec, name) for name in VariableSpec.__dataclass_fields__}
    return VariableSpec(**{**values, **changes})


class ObjectVar(ScriptVariable):
    """A record of the host; ``model`` is the class or ``"app_label.Model"``."""

    own = ("display_field", "null_option")

    def __init__(
        self,
        model: Any = None,
        queryset: Any = None,
        display_field: str = "display",
        query_params: Mapping[str, Any] | None = None,
        null_option: str | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        if model is None and queryset is None:
            raise TypeError(f"{type(self).__name__} needs a model.")
        if queryset is not None:
            warnings.warn("queryset= is deprecated; say model=.", DeprecationWarning, stacklevel=2)
        self.model = model
        self.queryset = queryset
        self.display_field = display_field
        self.query_params = dict(query_params or {})
        self.null_option = null_option

    def describe(self, name: str) -> VariableSpec:
        """See the base, with the model's label."""
        spec = super().describe(name)
        params = {key: plain_value(value) for key, value in self.query_params.items()}
        return _with(spec, model=self._model_label(name), query_params=params)

    def _dynamic(self) -> list[str]:
        return super()._dynamic() + ([DYNAMIC_QUERYSET] if self.queryset is not None else [])

    def _model_label(self, name: str) -> str:
        model = self.model if self.model is not None else getattr(self.queryset, "model", None)
        if isinstance(model, str) and model.count(".") == 1:
            return model.lower()
        label = getattr(getattr(model, "_meta", None), "label_lower", None)
        if not isinstance(label, str):
            raise TypeError(f"The model of {name} should be a model or 'app_label.Model'.")
        return label


class MultiObjectVar(ObjectVar):
    """Any number of records of the host."""


class FileVar(ScriptVariable):
    """An uploaded file; ``run()`` gets it open for reading bytes."""


class IPAddressVar(ScriptVariable):
    """An IPv4 or IPv6 address without a mask."""


class IPAddressWithMaskVar(ScriptVariable):
    """An IPv4 or IPv6 address with a mask."""


class IPNetworkVar(ScriptVariable):
    """An IPv4 or IPv6 network."""

    own = ("min_prefix_length", "max_prefix_length")

    def __init__(
        self,
        min_prefix_length: int | None = None,
        max_prefix_length: int | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.min_prefix_length = min_prefix_length
        self.max_prefix_length = max_prefix_length


class JSONVar(ScriptVariable):
    """Any JSON; ``schema`` is a JSON Schema (2020-12) that it must satisfy."""

    own = ("schema",)

    def __init__(self, schema: dict[str, Any] | None = None, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.schema = schema


def is_variable(obj: object) -> bool:
    """Whether that is a variable."""
    return isinstance(obj, ScriptVariable)
