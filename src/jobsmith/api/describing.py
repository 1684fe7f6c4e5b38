"""What the OpenAPI description says of a method."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

F = TypeVar("F", bound=Callable[..., Any])


class WireSchema(AutoSchema):
    """Bodies of writes, and the bulk methods that share an address with the list."""

    def get_operation_id(self) -> str:
        """Bulk methods have names of their own."""
        found: str = super().get_operation_id()
        return found.rpartition("_")[0] + f"_{self._action}" if self._is_bulk else found

    def get_request_serializer(self) -> Any:
        """What a write may send; a list of it, with ids, for a bulk method."""
        body = getattr(self.view, "body_class", None)
        if body is None or self._action not in _WRITES:
            return super().get_request_serializer()
        return with_id(body)(many=True) if self._is_bulk else body()

    def get_response_serializers(self) -> Any:
        """Bulk methods answer with bare lists."""
        if not self._is_bulk:
            return super().get_response_serializers()
        view: Any = self.view
        return view.serializer_class(many=True, context=view.get_serializer_context())

    def _get_paginator(self) -> Any:
        return None if self._is_bulk else super()._get_paginator()  # type: ignore[no-untyped-call]

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", None) or ""

    @property
    def _is_bulk(self) -> bool:
        return self._action.startswith("bulk_")


_WRITES = frozenset({"create", "update", "partial_update", "bulk_update", "bulk_partial_update"})


@cache
def with_id(body: Any) -> Any:
    """The body of one item of a bulk method."""
    words: dict[str, Any] = {"id": serializers.CharField()}
    if hasattr(body, "Meta"):
        words["Meta"] = type("Meta", (body.Meta,), {"fields": ("id", *body.Meta.fields)})
    return type(f"Bulk{body.__name__}", (body,), words)


def described(**words: Any) -> Callable[[F], F]:
    """`extend_schema` on our own schema class instead of the host's default one."""

    def decorate(method: Any) -> Any:
        method.kwargs = {"schema": WireSchema, **getattr(method, "kwargs", {})}
        return extend_schema(**words)(method)

    return decorate


class HeaderScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description names what the header may say."""

    target_class = "jobsmith.api.authentication.HeaderAuthentication"
    name = ["token", "password"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        """A token of ours, or basic authentication (RFC 7617)."""
        token = {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>` or `Bearer <key>`",
        }
        return [token, {"type": "http", "scheme": "basic"}]
