"""Short scenes, each of which a correct engine plays to a clean end.

In each, something goes wrong just where one of the `bugs` would make it worse.
"""

import signal
from collections.abc import Callable

from tests.support.served import wait_until

from . import journal
from .crew import SCHEDULERS, WORKERS
from .site import Site

FIRST, OTHER = WORKERS
LEASE = 3.0
"""Seconds, in a site for drills."""


def two_see_one_run(site: Site) -> None:
    """While one worker hesitates, the other takes the run."""
    site.arm("claim.seen", "hold")
    run = site.post(3)
    assert site.fired("claim.seen")
    has_begun(site, run)
    site.let_go("claim.seen")


def a_hint_is_lost(site: Site) -> None:
    """The web process dies between the commit and the hint."""
    site.arm("enqueue.committed", "kill")
    site.post(0.1)
    assert site.fired("enqueue.committed")


def a_lost_worker_comes_back(site: Site) -> None:
    """It goes on, and ends its run, just before others would have taken the run for lost."""
    run = _on_a_worker_elsewhere(site, 1.5)
    for role in (FIRST, *SCHEDULERS, OTHER):
        site.freeze(role)
    try:
        has_reached_its_end(site, run)
        site.arm("rescue.found", "hold")
        site.send(FIRST, signal.SIGCONT)
        assert site.fired("rescue.found")
        site.send(OTHER, signal.SIGCONT)
        wait_until(lambda: site.rows()[run].status == "SUCCESS", 30)
        site.arm("rescue.ended", "delay 0")
        site.let_go("rescue.found")
        assert site.fired("rescue.ended")
    finally:
        _all_go_on(site)


def a_lost_worker_comes_too_late(site: Site) -> None:
    """It wants to end its run that others have taken for lost."""
    run = _on_a_worker_elsewhere(site, 0.5)
    site.freeze(OTHER)
    try:
        wait_until(lambda: site.rows()[run].status == "FAILURE", 60)
    finally:
        _all_go_on(site)
    run = _on_a_worker_elsewhere(site, 0.1)  # it has written what it had to before it takes that
    has_reached_its_end(site, run)


def a_run_outlasts_its_lease(site: Site) -> None:
    """Nothing goes wrong; it takes longer than a lease lasts."""
    run = _on_a_worker_elsewhere(site, 3 * LEASE)
    has_begun(site, run)


def a_hint_comes_late(site: Site) -> None:
    """There is a ring after a run has ended."""
    for _ in range(2):
        has_reached_its_end(site, site.post(0.1))
        site.quiesce(5)


def two_clocks_see_one_due_time(site: Site) -> None:
    """While one hesitates, the other comes to the same schedule."""
    site.arm("tick.taken", "delay 2")
    site.ask_host("once", 0.1)
    assert site.fired("tick.taken")


def whoever_fires_a_hook_dies(site: Site) -> None:
    """After it has taken the change."""
    site.arm("hooks.taken", "kill")
    site.ask_host("change")
    assert site.fired("hooks.taken")


DRILLS: dict[str, Callable[[Site], None]] = {
    "claims_without_comparing": two_see_one_run,
    "looks_only_when_it_is_told": a_hint_is_lost,
    "rescues_without_comparing": a_lost_worker_comes_back,
    "ends_what_is_not_its_own": a_lost_worker_comes_too_late,
    "never_renews_its_lease": a_run_outlasts_its_lease,
    "runs_what_has_ended": a_hint_comes_late,
    "fires_without_comparing": two_clocks_see_one_due_time,
    "marks_before_it_fires": whoever_fires_a_hook_dies,
}
"""By the bug that each brings to light."""
ROUGH = ("ends_what_is_not_its_own",)
"""In these a run may fail though the engine is right."""


def has_begun(site: Site, run: str) -> None:
    """Its code runs."""
    wait_until(lambda: _said(site, run, "start"), 30)


def has_reached_its_end(site: Site, run: str) -> None:
    """Its code does."""
    wait_until(lambda: _said(site, run, "end"), 30)


def _said(site: Site, run: str, what: str) -> bool:
    return any((each.run, each.what) == (run, what) for each in journal.lines(site.journal))


def _on_a_worker_elsewhere(site: Site, seconds: float) -> str:
    """A run of the worker whose lock nobody sees."""
    site.freeze(FIRST)
    try:
        run = site.post(seconds)
        has_begun(site, run)
    finally:
        site.send(FIRST, signal.SIGCONT)
    return run


def _all_go_on(site: Site) -> None:
    for role in (*WORKERS, *SCHEDULERS):
        site.send(role, signal.SIGCONT)
