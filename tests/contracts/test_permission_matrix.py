"""Every route and method x roles x classes of object: the same permission model at every door."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.matrix import cells
from tests.support.matrix.cells import Asker, Report
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.routes import routes
from tests.support.matrix.table import ADD_HERE, LATER, POLICY
from tests.support.matrix.world import World, make_world

TOTAL = Report()
"""Of all tests of this module that ran."""


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(scope="module", autouse=True)
def summary(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        words = f"{TOTAL.cells} cells, {len(TOTAL.wrong)} leaks"
        sys.stdout.write(f"\n  permission matrix: {words}\n")


def sum_up(report: Report) -> None:
    TOTAL.cells += report.cells
    TOTAL.wrong += report.wrong
    assert report.wrong == [], "\n" + "\n".join(report.wrong)


def test_every_route_has_a_declared_policy() -> None:
    known = {route.name: route for route in routes()}
    missing = [
        f"{name} has no policy: add a line to {ADD_HERE}"
        for name in known.keys() - POLICY.keys() - LATER
    ]
    missing += [
        f"{method} {name} has no policy: add it to its line in {ADD_HERE}"
        for name, route in known.items()
        if name in POLICY and route.methods is not None
        for method in route.methods - POLICY[name].keys()
    ]
    stale = [
        f"{name} is no route any more: take its line out of {ADD_HERE}"
        for name in (POLICY.keys() | LATER) - known.keys()
    ]
    stale += [
        f"{method} {name} is not served any more: take it out of {ADD_HERE}"
        for name, route in known.items()
        if name in POLICY and route.methods is not None
        for method in POLICY[name].keys() - route.methods
    ]
    assert sorted(missing + stale) == []


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_every_route_answers_each_role_as_its_policy_says(world: World, role: Role) -> None:
    report, asker = Report(), Asker(world, role)
    for route in routes():
        answers: dict[Any, list[Any]] = defaultdict(list)
        for cell in cells.cells_of(world, role, route):
            came = asker.ask(cell)
            cells.judge(world, cell, came, report)
            if cells.is_hidden(cell):
                answers[cell.method, cell.asks.query].append((cell, cells.plain(cell, came)))
        for several in answers.values():
            cells.judge_alike(several, report)
    sum_up(report)
