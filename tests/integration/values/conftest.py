"""One administrator for all hostile values, and what came of them."""

import sys
from collections.abc import Iterator

import pytest

from tests.support.driving import Driver
from tests.support.matrix.world import make_world


@pytest.fixture(scope="package")
def total(request: pytest.FixtureRequest) -> Iterator[dict[str, int]]:
    found = {"sent": 0, "wrong": 0, "poison": 0}
    yield found
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        words = "{sent:,} requests, {wrong} x 5xx, {poison} poison rows".format(**found)
        sys.stdout.write(f"\n  hostile values: {words}\n")


@pytest.fixture
def driver(db: None, total: dict[str, int]) -> Iterator[Driver]:
    driver = Driver(make_world())
    yield driver
    driver.look_everywhere()
    total["sent"] += driver.sent
    total["wrong"] += sum(count for status, count in driver.statuses.items() if status >= 500)
    total["poison"] += driver.poison
    assert not driver.wrong, f"{len(driver.wrong)} wrong:\n" + "\n".join(driver.wrong[:60])
