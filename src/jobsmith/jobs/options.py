"""What ``class Meta`` of a job may say, and how it is read."""

from collections.abc import Callable
from inspect import cleandoc
from typing import Any, Generic, TypeVar

from .variables import ScriptVariable

_T = TypeVar("_T")


class class_property(Generic[_T]):  # noqa: N801 - reads like ``property``
    """A read-only property of the class itself."""

    def __init__(self, read: Callable[[Any], _T]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __get__(self, instance: object, owner: type | None = None) -> _T:
        return self._read(owner)


OPTIONS: dict[str, tuple[tuple[type, ...], Any]] = {
    "name": ((str,), None),
    "description": ((str,), ""),
    "dryrun_default": ((bool,), False),
    "console_log_default": ((bool,), False),
    "field_order": ((list, tuple), ()),
    "has_sensitive_variables": ((bool,), False),
    "hidden": ((bool,), False),
    "is_singleton": ((bool,), False),
    "read_only": ((bool,), False),
    "soft_time_limit": ((int,), 0),
    "time_limit": ((int,), 0),
    "task_queues": ((list, tuple), ()),
    "template_name": ((str,), ""),
}
"""Name of each option, the types it may have, and its default."""


def read_option(job_class: type, name: str) -> Any:
    """The value in force: a plain class attribute beats ``Meta``; TypeError names a wrong type."""
    types, default = OPTIONS[name]
    if name == "name":
        default = job_class.__name__
    default = getattr(job_class, "meta_defaults", {}).get(name, default)
    value = getattr(getattr(job_class, "Meta", None), name, default)
    found, plain = _plain_attribute(job_class, name)
    if found:
        value = plain
    if not isinstance(value, types):
        wanted = " or ".join(each.__name__ for each in types)
        raise TypeError(f"Meta.{name} should be {wanted}, not {type(value).__name__}.")
    return cleandoc(str(value)).strip() if name == "description" else value


def _plain_attribute(job_class: type, name: str) -> tuple[bool, Any]:
    """An attribute of that name which is neither ours nor a variable, and whether there is one."""
    for base in job_class.__mro__:
        value = vars(base).get(name, ScriptVariable)
        if isinstance(value, class_property):
            break
        if value is not ScriptVariable and not isinstance(value, ScriptVariable):
            return True, value
    return False, None
