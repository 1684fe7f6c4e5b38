"""Thirty-two processes race for a singleton, for ``limit=3`` and for a limit per key.

The journal that they keep says who held what when; no record of ours is asked.
"""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobsmith.models import Job, JobResult
from tests.support.factories import make_job, make_result, make_spec
from tests.support.job_files import database_url

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
PROCESSES = 32
RUNS = int(os.environ.get("TEST_RACED_RUNS", 5))
"""Of each group; a thorough run takes more."""
Event = tuple[str, float, str]
MOST = {"one": 1, "three": 3, "north": 1, "south": 1}
"""How many of each group may be held at a time."""


def test_never_more_than_allowed_and_a_killed_holder_frees_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_runs()
    journal = tmp_path / "journal"
    race(journal)
    seen = read(journal)
    peaks = {group: max(held(seen[group])) for group in MOST}
    assert all(peaks[group] <= most for group, most in MOST.items()), peaks
    ended = JobResult.objects.values_list("name", "status", "cause")
    assert {each for each in ended if "dies" in each[0]} == {
        (f"{group} dies", "FAILURE", "worker_lost") for group in ("one", "three")
    }
    assert {status for name, status, _ in ended if "dies" not in name} == {"SUCCESS"}
    for group in ("one", "three"):
        assert follows_a_death(seen[group])
    with capsys.disabled():
        sys.stdout.write(f"\n  {PROCESSES} processes, {len(ended)} runs; most at a time: {peaks}\n")


def make_runs() -> None:
    singleton = job("One", is_singleton=True)
    three = job("Three", concurrency_limit=3)
    keyed = job("Keyed", concurrency_limit=1, concurrency_key="site")
    for group, of in (("three", three), ("one", singleton)):
        make_result(of, name=f"{group} dies")
        for number in range(RUNS):
            make_result(of, name=f"{group} {number}")
    for group in ("north", "south"):
        for number in range(RUNS):
            make_result(keyed, name=f"{group} {number}", concurrency_key=group)


def job(name: str, **fields: Any) -> Job:
    return make_job(make_spec(name, **fields), **fields)


def race(journal: Path) -> None:
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    command = [sys.executable, "-m", "tests.support.racing", str(PROCESSES), str(journal)]
    subprocess.run(command, env=env, check=True, timeout=240)


def read(journal: Path) -> dict[str, list[Event]]:
    """What happened in each group, in the order of time."""
    found: dict[str, list[Event]] = defaultdict(list)
    for line in journal.read_text().splitlines():
        sign, moment, name = line.split(" ", 2)
        found[name.split(" ")[0]].append((sign, float(moment), name))
    return {group: sorted(events, key=lambda each: each[1]) for group, events in found.items()}


def held(events: list[Event]) -> Iterator[int]:
    """How many were held after each event."""
    names: set[str] = set()
    for sign, _, name in events:
        names = names | {name} if sign == "+" else names - {name}
        yield len(names)


def follows_a_death(events: list[Event]) -> bool:
    """Whether somebody began after a holder was killed."""
    died = next(moment for sign, moment, _ in events if sign == "x")
    return any(sign == "+" and moment > died for sign, moment, _ in events)
