"""One site of each kind for all tests: making one takes longer than most of what is done to it."""

from collections.abc import Iterator

import pytest

from .drills import LEASE
from .servers import Missing
from .site import Site

JITTER = 0.02


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run side by side, those of one database stay together."""
    for item in items:
        kind = getattr(item, "callspec", None) and item.callspec.params.get("site")
        if kind:
            item.add_marker(pytest.mark.xdist_group(str(kind).partition("-")[0]))


class Sites:
    """Made when they are first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Site] = {}

    def __getitem__(self, kind: str) -> Site:
        if kind not in self._made:
            self.close()  # another one would only take its time
            self._made[kind] = Site(kind, lease=LEASE, jitter=JITTER)
            self._made[kind].start()
        return self._made[kind]

    def close(self) -> None:
        while self._made:
            self._made.popitem()[1].stop()


@pytest.fixture(scope="session")
def sites() -> Iterator[Sites]:
    made = Sites()
    yield made
    made.close()


@pytest.fixture
def site(request: pytest.FixtureRequest, sites: Sites) -> Iterator[Site]:
    """Of the kind that the test names, with nothing planted and nothing left to do."""
    try:
        site = sites[request.param]
    except Missing as missing:
        pytest.skip(f"NOT TESTED: there is no {missing}")
    yield site
    site.come_to_rest()
