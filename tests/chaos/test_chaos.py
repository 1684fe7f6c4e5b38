"""Kills of everything under load: nothing accepted is lost, doubled, overlapped or stuck."""

import json
import os
import random
import signal

import pytest

from .crew import WORKERS
from .driver import Size, attack
from .site import Site

SEED = int(os.environ.get("CHAOS_SEED", random.SystemRandom().randrange(10**6)))
"""Printed with each attack, and in what a failed one says."""
KINDS = ("sqlite-local", "postgresql-local", "postgresql-redis")
"""RabbitMQ has its turn in the full attack: `python -m tests.chaos`."""
QUICK = Size(runs=60, kills=14)
WORST = {"local": 20.0, "redis": 30.0, "rabbitmq": 30.0}
"""Seconds that a run may take to end once its process is gone."""
LOADED = 2.0
"""A machine that runs other tests meanwhile may take so many times as long."""

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


@pytest.mark.parametrize("site", KINDS, indirect=True)
def test_nothing_that_was_accepted_is_lost_whatever_is_killed(site: Site) -> None:
    report = attack(site, SEED, QUICK)
    told = f"CHAOS_SEED={SEED} {json.dumps(report.as_json(), indent=1)}"
    print(told)
    assert not report.faults, f"{told}\n{site.tail()}"
    assert report.quiet, told
    assert report.verdict.accepted == QUICK.runs
    engine = site.kind.partition("-")[2]
    assert report.verdict.worst_recovery < WORST[engine] * LOADED


@pytest.mark.parametrize("site", ["postgresql-redis"], indirect=True)
def test_runs_that_wait_outlive_a_broker_that_is_emptied(site: Site) -> None:
    for role in WORKERS:
        site.freeze(role)
    try:
        runs = [site.post(0) for _ in range(30)]
        assert site.broker is not None
        site.broker.flush()
    finally:
        for role in WORKERS:
            site.send(role, signal.SIGCONT)
    assert site.quiesce(), site.tail()
    assert {site.rows()[run].status for run in runs} == {"SUCCESS"}
    assert not site.verdict(calm=True).faults
