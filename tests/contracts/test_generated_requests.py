"""What schemathesis asks of the OpenAPI document never makes the server fail."""

import json
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.matrix.asking import Asker
from tests.support.matrix.cells import kind_of
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.routes import NOWHERE
from tests.support.matrix.table import POLICY
from tests.support.matrix.world import OWN, World, make_world

FOUR = [role for role in ROLES if role.name in {"anonymous", "viewer", "runner", "superuser"}]
EXAMPLES = 3


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("role", FOUR, ids=str)
def test_no_generated_request_makes_the_server_fail(world: World, role: Role) -> None:
    generator: Any = SchemaGenerator(urlconf="jobsmith.api.described")
    document = generator.get_schema(request=None, public=True)
    asker, statuses = Asker(world, role), []
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        statuses += ask(operation, key_for(world, role, operation), asker._headers)
    broken = [each for each in statuses if each[0] >= 500]
    print(f"{role}: {len(statuses)} generated requests, {len(broken)} failures")
    assert len(statuses) > 121
    assert broken == []


def key_for(world: World, role: Role, operation: Any) -> str:
    """The key of a seeded row of the kind that the address is about."""
    name = resolve(operation.path.replace("{id}", NOWHERE), urlconf="jobsmith.urls").view_name
    kind = kind_of(POLICY[name][operation.method.upper()])
    row = world.target(kind, OWN, role) if kind else None
    return str(row.pk) if row else NOWHERE


def ask(operation: Any, key: str, headers: dict[str, str]) -> list[tuple[int, str]]:
    """Statuses of generated requests, each with what was asked; all changes are taken back."""
    came: list[tuple[int, str]] = []
    client = Client(raise_request_exception=False)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        if case.path_parameters:
            case.path_parameters = {"id": key}
        words = case.as_transport_kwargs(base_url="http://testserver")
        with transaction.atomic():
            answer = client.generic(
                words["method"],
                words["url"].removeprefix("http://testserver"),
                json.dumps(words["json"]) if "json" in words else "",
                content_type="application/json",
                query_params=words.get("params") or {},
                headers=headers,
            )
            transaction.set_rollback(True)
        came.append((answer.status_code, f"{words['method']} {words['url']} {words.get('params')}"))

    send()
    return came
