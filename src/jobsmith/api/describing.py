"""What the OpenAPI description says of a method."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

F = TypeVar("F", bound=Callable[..., Any])


def described(**words: Any) -> Callable[[F], F]:
    """`extend_schema` on our own schema class instead of the host's default one."""

    def decorate(method: Any) -> Any:
        method.kwargs = {"schema": AutoSchema, **getattr(method, "kwargs", {})}
        return extend_schema(**words)(method)

    return decorate
