"""The suite finds eight of eight planted bugs, and finds nothing where none is planted."""

import pytest

from .bugs import BUGS
from .drills import DRILLS, ROUGH
from .oracle import Verdict
from .site import Site
from .watch import Watch

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]
PATIENCE = 6.0
"""Seconds after which a run that a bug has stuck counts as stuck."""
on_sqlite = pytest.mark.parametrize("site", ["sqlite-local"], indirect=True)


def play(site: Site, bug: str, seconds: float) -> Verdict:
    """The drill that brings the bug to light."""
    with Watch(site) as watch:
        DRILLS[bug](site)
        site.quiesce(seconds)
    return site.verdict(changed=watch.changed, calm=bug not in ROUGH)


@on_sqlite
@pytest.mark.parametrize("bug", DRILLS)
def test_a_sound_engine_plays_the_drill_to_a_clean_end(site: Site, bug: str) -> None:
    assert not play(site, bug, 60).faults, site.tail()


@on_sqlite
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(site: Site, bug: str) -> None:
    site.plant(bug)
    try:
        assert play(site, bug, PATIENCE).faults
    finally:
        site.plant("")


def test_there_are_eight_and_each_has_its_drill() -> None:
    assert len(BUGS) == 8
    assert BUGS.keys() == DRILLS.keys()
