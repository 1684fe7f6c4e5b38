"""Every write of a run's life, times every way in which it can go wrong, on both databases."""

import signal
from collections.abc import Callable

import pytest

from tests.support.served import wait_until

from .crew import WORKERS
from .drills import has_begun
from .points import ACTIONS, names
from .site import Site
from .watch import Watch

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
DELAY = "delay 0.7"


def a_run(site: Site) -> None:
    site.post(0.3)


def a_run_that_takes_time(site: Site) -> None:
    site.post(2)


def a_run_that_is_cancelled(site: Site) -> None:
    run = site.post(60)
    has_begun(site, run)
    wait_until(lambda: site.cancel(run) in (200, 202, 409), 60)


def a_run_that_loses_its_worker(site: Site) -> None:
    run = site.post(60)
    has_begun(site, run)
    for role in WORKERS:
        site.send(role, signal.SIGKILL)


def a_due_time(site: Site) -> None:
    site.ask_host("once", 0.1)


def a_change(site: Site) -> None:
    site.ask_host("change")


SCENES: dict[str, Callable[[Site], None]] = {
    "enqueue": a_run,
    "claim": a_run,
    "log": a_run_that_takes_time,
    "end": a_run,
    "lease": a_run_that_takes_time,
    "cancel": a_run_that_is_cancelled,
    "rescue": a_run_that_loses_its_worker,
    "tick": a_due_time,
    "hooks": a_change,
}
"""What leads to the points, by the first word of their names."""
OF_WORKERS = ("claim", "log", "end", "lease", "rescue")
"""Whoever is killed there may have had a run."""


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("point", names())
@pytest.mark.parametrize("site", ["sqlite-local", "postgresql-local"], indirect=True)
def test_nothing_is_lost_doubled_or_stuck_whatever_happens_there(
    site: Site, point: str, action: str
) -> None:
    what = point.split(".")[0]
    with Watch(site) as watch:
        site.arm(point, DELAY if action == "delay" else action)
        SCENES[what](site)
        assert site.fired(point), site.tail()
        assert site.quiesce(), site.tail()
    calm = what != "rescue" and not (what in OF_WORKERS and action == "kill")
    verdict = site.verdict(changed=watch.changed, calm=calm)
    assert not verdict.faults, site.tail()
