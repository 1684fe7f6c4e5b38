"""What the OpenAPI description says of a method."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

F = TypeVar("F", bound=Callable[..., Any])


def described(**words: Any) -> Callable[[F], F]:
    """`extend_schema` on our own schema class instead of the host's default one."""

    def decorate(method: Any) -> Any:
        method.kwargs = {"schema": AutoSchema, **getattr(method, "kwargs", {})}
        return extend_schema(**words)(method)

    return decorate


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description names our tokens."""

    target_class = "jobsmith.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A header, as `TokenAuthentication` reads it."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>` or `Bearer <key>`",
        }
