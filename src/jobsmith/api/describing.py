"""What the OpenAPI description says of a method."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema

from jobsmith.conf import conf

from .refusals import refusals_of
from .serializers import RecordSerializer
from .shape import MAX_DEPTH, WRITTEN
from .versions import SUPPORTED

F = TypeVar("F", bound=Callable[..., Any])

JSON, CSV = "application/json", "text/csv"

VERSION = OpenApiParameter("api_version", str, enum=SUPPORTED, description="As in ``Accept``.")
RETRY = OpenApiParameter(
    "Retry-After",
    int,
    location=OpenApiParameter.HEADER,
    required=True,
    response=[503],
    description="Seconds until another try makes sense.",
)
SHAPE = [
    OpenApiParameter(
        "depth",
        {"type": "integer", "minimum": 0, "maximum": MAX_DEPTH},
        description="0 shows related records as id, type and address; more nests them whole.",
    ),
    OpenApiParameter("exclude_m2m", bool, description="Leave out lists of related records."),
    OpenApiParameter("include", str, many=True, enum=sorted(WRITTEN), description="More keys."),
]
KEY = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}},
}
"""How an item of a bulk method names its record."""


class WireSchema(AutoSchema):
    """Bodies of writes, the bulk methods that share an address with the list, and refusals."""

    def get_operation_id(self) -> str:
        """Bulk methods have names of their own."""
        found: str = super().get_operation_id()
        return found.rpartition("_")[0] + f"_{self._action}" if self._is_bulk else found

    def get_request_serializer(self) -> Any:
        """What a write may send."""
        body = getattr(self.view, "body_class", None)
        if body is None or self._action not in _WRITES:
            return super().get_request_serializer()
        return body()

    def get_response_serializers(self) -> Any:
        """Bulk methods answer with bare lists."""
        if not self._is_bulk:
            return super().get_response_serializers()
        view: Any = self.view
        return view.serializer_class(many=True, context=view.get_serializer_context())

    def get_override_parameters(self) -> Any:
        """What every operation takes, and what changes how records are shown."""
        shape = SHAPE if _is_record(self.get_response_serializers()) else ()
        return [*([VERSION] if self._negotiates else ()), RETRY, *shape]

    def get_filter_backends(self) -> Any:
        """A bulk method works on what its body names."""
        return [] if self._is_bulk else super().get_filter_backends()

    def _get_request_body(self, direction: Any = "request") -> Any:
        """A bulk deletion has a body, too."""
        if self._action == "bulk_destroy":
            return {"content": {JSON: {"schema": _many(KEY)}}, "required": True}
        return super()._get_request_body(direction)  # type: ignore[no-untyped-call]

    def _get_request_for_media_type(self, serializer: Any, direction: Any = "request") -> Any:
        schema, needed = super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        if self._is_bulk:
            return _many({"allOf": [schema, KEY]}), True
        return (_one_or_many(schema), needed) if self._action == "create" else (schema, needed)

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """With the refusals; they are JSON whatever was asked for."""
        answers = super()._get_response_bodies(direction)
        refusals = refusals_of(
            self._action,
            has_body=self.method != "GET" and self._get_request_body() is not None,
            has_key="{id}" in self.path,
            negotiates=self._negotiates,
        )
        for status, refusal in refusals.items():
            code = str(status)
            answers[code] = self._get_response_for_code(refusal, code, [JSON])
        return answers

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: Any,
        media_types: Any = None,
        direction: Any = "response",
    ) -> Any:
        answer = super()._get_response_for_code(serializer, status_code, media_types, direction)  # type: ignore[no-untyped-call]
        for media_type, said in answer.get("content", {}).items():
            if media_type == CSV:
                said["schema"] = {"type": "string"}
            elif self._action == "create" and status_code == "201":
                said["schema"] = _one_or_many(said["schema"])
        return answer

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """All keys of a record are there, but for those that depend on its shape."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if _is_record(serializer):
            schema["required"] = sorted(schema["properties"].keys() - serializer.optional_keys())
        return schema

    def _get_paginator(self) -> Any:
        return None if self._is_bulk else super()._get_paginator()  # type: ignore[no-untyped-call]

    @property
    def _action(self) -> str:
        return getattr(self.view, "action", None) or ""

    @property
    def _negotiates(self) -> bool:
        return getattr(self.view, "versioning_class", None) is not None

    @property
    def _is_bulk(self) -> bool:
        return self._action.startswith("bulk_")


_WRITES = frozenset({"create", "update", "partial_update", "bulk_update", "bulk_partial_update"})


def _is_record(said: Any) -> bool:
    """Whether an answer is a record or a list of them."""
    first = next(iter(said.values()), None) if isinstance(said, dict) else said
    shown = getattr(first, "child", first)
    return issubclass(shown if isinstance(shown, type) else type(shown), RecordSerializer)


def _many(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1, "maxItems": conf().max_page_size}


def _one_or_many(item: dict[str, Any]) -> dict[str, Any]:
    """What creates one record creates many, too."""
    return {"oneOf": [item, _many(item)]}


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

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """Either of them is enough."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        """A token of ours, or basic authentication (RFC 7617)."""
        token = {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>` or `Bearer <key>`",
        }
        return [token, {"type": "http", "scheme": "basic"}]
