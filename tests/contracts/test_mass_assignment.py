"""No door writes what nobody may write: each read-only column, smuggled in beside a valid body."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from jobsmith.catalog.system import SYNC, system_job
from jobsmith.graphql.schema import schema
from tests.support.matrix.asking import Asker, Came, kept
from tests.support.matrix.asks import API
from tests.support.matrix.cells import Cell, cells_of
from tests.support.matrix.queries import VERBS
from tests.support.matrix.roles import ROLES
from tests.support.matrix.routes import routes
from tests.support.matrix.smuggled import (
    bodies,
    declared_read_only,
    read_only,
    smuggled,
    value_of,
)
from tests.support.matrix.world import OWN, World, make_world

SUPERUSER = next(each for each in ROLES if each.is_superuser)
WRITES = ("POST", "PUT", "PATCH")
BODIES = bodies()
TRIED: list[str] = []


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    system_job(SYNC)  # otherwise each sync of a repository starts a child to look for it
    return world


@pytest.fixture(scope="module", autouse=True)
def summary(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        sys.stdout.write(f"\n  mass assignment: {len(TRIED)} smuggled values\n")


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_no_body_has_a_key_that_the_model_says_is_read_only(kind: type[Model]) -> None:
    assert not declared_read_only(kind) & BODIES[kind]


def kind_of(cell: Cell) -> type[Model] | None:
    """The kind of record that a cell writes whole."""
    asks = cell.asks
    if asks.send is None or cell.klass != OWN or not cell.is_declared:
        return None
    change = asks.row or asks.bulk
    kind = asks.creates or (change[1] if change and change[0] == "change" else None)
    return kind if kind in BODIES else None


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_no_route_writes_a_read_only_column(world: World, kind: type[Model]) -> None:
    asker, tried, wrong = Asker(world, SUPERUSER), 0, []
    for route in routes():
        for cell in cells_of(world, SUPERUSER, route):
            if cell.method in WRITES and kind_of(cell) is kind:
                tried += 1
                wrong += list(all_smuggled(asker, cell, kind))
    assert tried
    assert wrong == []


def all_smuggled(asker: Asker, cell: Cell, kind: type[Model]) -> Iterator[str]:
    came, row = write(asker, cell, kind, {})
    assert came.status < 400, (str(cell), came.text)
    assert row is not None, str(cell)
    for field in read_only(kind, BODIES[kind]):
        value = smuggled(field, row[field.name])
        for name in {field.name, field.attname or field.name}:
            TRIED.append(f"{cell} {name}")
            came, after = write(asker, cell, kind, {name: value})
            if came.status >= 500 or (came.status == 400 and name not in came.text):
                yield f"{cell} {name}: {came.status} {came.text[:300]}"
            if after is not None and after[field.name] == value:
                yield f"{cell} {name}: {value} was written"


def write(
    asker: Asker, cell: Cell, kind: type[Model], extra: dict[str, Any]
) -> tuple[Came, dict[str, Any] | None]:
    """Send the valid body with more in it; the answer, and the record afterwards."""
    assert cell.asks.send
    body = cell.asks.send(asker.world, SUPERUSER, cell.row)
    body = [{**each, **extra} for each in body] if isinstance(body, list) else {**body, **extra}
    if cell.door == API:
        body = json.loads(json.dumps(body, cls=DjangoJSONEncoder))
    before = set(kind._default_manager.values_list("pk", flat=True))
    with kept(asker.before):
        came = asker.deliver(cell, body)
        rows = kind._default_manager.exclude(pk__in=before)
        row = (rows if cell.asks.creates else kind._default_manager.filter(pk=cell.key)).first()
        fields = list(read_only(kind, BODIES[kind]))
        values = {each.name: value_of(row, each) for each in fields} if row else None
    return came, values


@pytest.mark.parametrize("name", VERBS)
def test_no_verb_of_graphql_takes_a_read_only_column(world: World, name: str) -> None:
    asker, verb = Asker(world, SUPERUSER), VERBS[name]
    kind = verb.row[1]
    row = world.target(kind, OWN, SUPERUSER, verb.flavour)
    verbs = schema().mutation_type
    assert row
    assert verbs
    taken = set(verbs.fields[name].args)
    if kind in BODIES:
        assert not taken & declared_read_only(kind) - {"id"}
    for field in read_only(kind, frozenset(taken)):
        TRIED.append(f"{name} {field.name}")
        query = f"mutation {{ {name}({verb.arguments(row.pk)}, {field.name}: null) {verb.shows} }}"
        with kept(asker.before) as watched:
            came = asker.send_json("POST", "/api/graphql/", {"query": query})
            assert not watched.changed(), query
        assert came.status == 400, query
        assert f"Unknown argument '{field.name}'" in came.text
