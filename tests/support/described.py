"""The OpenAPI document as clients get it, and requests that schemathesis makes of it."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import schemathesis
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.test import APIRequestFactory, force_authenticate
from schemathesis.generation import GenerationMode

from jobsmith.api.views.docs import SchemaView

ALSO_READ = {"string": {"type": "number"}, "boolean": {"enum": [0, 1]}}
"""What fields of these types read, too."""
LONG = 20
EDGES, DRAWN = 5, 2
"""Requests for each operation: at the edges of what is allowed, and random ones."""


@cache
def document() -> dict[str, Any]:
    """What the address of the description answers."""
    request = APIRequestFactory().get("/api/swagger.json")
    force_authenticate(request, user=get_user_model()(is_active=True))
    answer = SchemaView.as_view()(request).render()
    found: dict[str, Any] = json.loads(answer.content)
    return found


@cache
def operations() -> list[Any]:
    """What can be asked."""
    return _operations(document())


@cache
def right_requests() -> list[Any]:
    """Requests that the document allows: at its edges, and random ones."""
    found: list[Any] = []
    for operation in operations():
        edges = [each for each in _covered(operation, GenerationMode.POSITIVE) if _is_short(each)]
        found += edges[:: -(-len(edges) // EDGES)]
        found += drawn(operation.as_strategy(), DRAWN)
    return found


@cache
def wrong_requests() -> list[Any]:
    """Requests whose body or method breaks one rule of the document each."""
    found: list[Any] = []
    for operation in _operations(_as_read(document())):
        found += _covered(operation, GenerationMode.NEGATIVE)
    return found


def drawn(strategy: Any, count: int) -> list[Any]:
    """The same examples at every run."""
    found: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(each: Any) -> None:
        found.append(each)

    draw()
    return found


def _operations(described: dict[str, Any]) -> list[Any]:
    return [each.ok() for each in schemathesis.openapi.from_dict(described).get_all_operations()]


def _covered(operation: Any, mode: GenerationMode) -> list[Any]:
    schema = operation.schema
    config = schema.config.generation_for(operation=operation)
    return list(
        schema.iter_coverage_cases(operation, generation_modes=[mode], generation_config=config)
    )


def _is_short(case: Any) -> bool:
    """Long lists have tests of their own."""
    return not isinstance(case.body, list) or len(case.body) < LONG


def _as_read(described: dict[str, Any]) -> dict[str, Any]:
    """The same, but for what is read although it is not described.

    The dialect ignores parameters that it cannot read, and fields of a body read numbers as text
    and words as numbers, as clients have always been allowed to send them.
    """
    found = copy.deepcopy(described)
    for operation in _each_operation(found):
        parameters = operation.get("parameters", ())
        operation["parameters"] = [each for each in parameters if each["in"] == "path"]
    for name, schema in found["components"]["schemas"].items():
        if name.endswith("Request"):
            found["components"]["schemas"][name] = _loosened(schema)
    return found


def _loosened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_loosened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {name: _loosened(each) for name, each in schema.items()}
    also = ALSO_READ.get(schema.get("type", "")) if isinstance(schema.get("type"), str) else None
    return {"anyOf": [loose, also]} if also else loose


def _each_operation(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in described["paths"].values():
        yield from methods.values()
