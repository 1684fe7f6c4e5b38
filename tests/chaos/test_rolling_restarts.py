"""Restarts with drain fail no run."""

import os

import pytest

from .driver import Size
from .rolling import roll, told
from .site import Site

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "3"))
"""Ten in the full attack."""

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


@pytest.mark.parametrize("site", ["sqlite-local", "postgresql-local"], indirect=True)
def test_rolling_restarts_under_load_fail_no_run(site: Site) -> None:
    report = roll(site, 1, Size(runs=30, kills=0, longest=2, clients=3), ROUNDS)
    assert not report.faults, f"{told(report)}\n{site.tail()}"
    assert report.quiet, told(report)
    assert report.verdict.ended["SUCCESS"] >= 30
