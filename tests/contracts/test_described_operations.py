"""What the OpenAPI document describes is served, has a policy, and works for a superuser."""

import re
import sys
from collections.abc import Iterator

import pytest
from django.urls import resolve

from tests.support.described import document
from tests.support.matrix.asking import Asker
from tests.support.matrix.cells import cells_of
from tests.support.matrix.roles import ROLES
from tests.support.matrix.routes import NOWHERE, routes
from tests.support.matrix.table import ADD_HERE, POLICY
from tests.support.matrix.world import MISSING, OUTSIDE, UNINSTALLED, make_world

METHODS = ("get", "post", "put", "patch", "delete")
PART = re.compile(r"\{\w+\}")
SUPERUSER = next(role for role in ROLES if role.is_superuser)
FAR = (OUTSIDE, UNINSTALLED, MISSING)


def operations() -> Iterator[tuple[str, str]]:
    """Method and route of each operation of the document."""
    for path, methods in document()["paths"].items():
        name = resolve(PART.sub(NOWHERE, path), urlconf="jobsmith.urls").view_name
        yield from ((each.upper(), name) for each in METHODS if each in methods)


def test_every_described_operation_has_a_declared_policy() -> None:
    found = list(operations())
    missing = [f"{method} {name}" for method, name in found if method not in POLICY.get(name, {})]
    assert len(found) > 100
    assert missing == [], f"Add these to {ADD_HERE}."


@pytest.mark.django_db
def test_a_superuser_has_success_with_every_described_operation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world, wanted = make_world(), set(operations())
    asker, reached, broken = Asker(world, SUPERUSER), set(), []
    for route in routes():
        for cell in cells_of(world, SUPERUSER, route):
            operation = cell.method, route.name
            if operation in wanted and cell.klass not in FAR:
                status = asker.ask(cell).status
                reached |= {operation} if 200 <= status < 300 else set()
                broken += [f"{cell}: {status}"] if status >= 500 else []
    with capsys.disabled():
        sys.stdout.write(f"\n  {len(wanted)} operations, {len(reached)} of them with 2xx\n")
    assert broken == []
    assert sorted(wanted - reached) == []
