"""Every route and method for each role and class of object: the same permissions at every door."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.matrix.asking import Asker
from tests.support.matrix.cells import cells_of, expected, is_hidden
from tests.support.matrix.judging import Report, judge, judge_alike, plain
from tests.support.matrix.roles import ROLES, Role
from tests.support.matrix.routes import Route, routes
from tests.support.matrix.table import ADD_HERE, POLICY
from tests.support.matrix.world import World, make_world

pytestmark = pytest.mark.timeout(900)
"""A role asks thousands of times; each takes a part of a second on a busy machine."""
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
    assert not report.wrong, "\n" + "\n".join(report.wrong)


def methods_by_route() -> dict[str, frozenset[str] | None]:
    return {route.name: route.methods for route in routes()}


def test_every_route_has_a_declared_policy() -> None:
    known = methods_by_route()
    missing = [f"{name}: add a line to {ADD_HERE}" for name in known.keys() - POLICY.keys()]
    missing += [
        f"{method} {name}: add it to its line in {ADD_HERE}"
        for name in known.keys() & POLICY.keys()
        for method in (known[name] or frozenset()) - POLICY[name].keys()
    ]
    assert sorted(missing) == [], "These have no declared policy."


def test_every_declared_policy_has_a_route() -> None:
    known = methods_by_route()
    stale = [f"{name}: take it out of {ADD_HERE}" for name in POLICY.keys() - known.keys()]
    stale += [
        f"{method} {name}: take it out of {ADD_HERE}"
        for name in known.keys() & POLICY.keys()
        if known[name] is not None
        for method in POLICY[name].keys() - known[name]
    ]
    assert sorted(stale) == [], "These are not served any more."


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_every_route_answers_each_role_as_its_policy_says(world: World, role: Role) -> None:
    report, asker = Report(), Asker(world, role)
    for route in routes():
        ask_all(world, asker, route, report)
    sum_up(report)


def ask_all(world: World, asker: Asker, route: Route, report: Report) -> None:
    hidden: dict[Any, list[Any]] = defaultdict(list)
    for cell in cells_of(world, asker.role, route):
        came = asker.ask(cell)
        judge(world, cell, came, report)
        if is_hidden(cell) and expected(world, cell):
            hidden[cell.method, cell.asks.query, id(cell.asks)].append((cell, plain(cell, came)))
    for answers in hidden.values():
        judge_alike(answers, report)
