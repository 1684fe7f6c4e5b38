"""Killed right after a COMMIT, or while it fires: no hook is lost and none comes twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobsmith.models import HookFiring, JobHook, JobResult, ObjectChange
from jobsmith_server.inventory.models import Site
from tests.support.job_files import database_url

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
SAVERS = int(os.environ.get("TEST_HOOK_SAVERS", "3"))
MOST = 60 + 10 * SAVERS
"""Processes that are started before the test gives up."""


def started(what: str, seed: int) -> "subprocess.Popen[bytes]":
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    words = [sys.executable, "-m", "tests.support.hooking", what, str(seed)]
    return subprocess.Popen(words, env=env)


def test_no_hook_is_lost_and_none_comes_twice(job: Any, hook: Callable[..., JobHook]) -> None:
    hook(Site)
    savers = [started("save", seed) for seed in range(1, SAVERS + 1)]
    for each in savers:
        assert each.wait(timeout=60) == -signal.SIGKILL
    assert Site.objects.count() > 0
    waiting = ObjectChange.objects.filter(awaits_hooks=True).count()
    assert waiting > 0  # what was committed last has told nobody
    running = [started("fire", 100 + seed) for seed in range(2)]
    killed, seed = 0, 200
    while running:
        ended = running.pop(0)
        if ended.wait(timeout=60) == -signal.SIGKILL:
            killed, seed = killed + 1, seed + 1
            assert seed < 200 + MOST
            running.append(started("fire", seed))
        else:
            assert ended.returncode == 0
    assert killed > 0
    assert not ObjectChange.objects.filter(awaits_hooks=True).exists()
    sites = Site.objects.count()
    assert ObjectChange.objects.count() == 2 * sites  # created, then edited: one event
    answered = HookFiring.objects.values_list("change__changed_object_id", flat=True)
    assert sorted(answered) == sorted(str(key) for key in Site.objects.values_list("pk", flat=True))
    runs = set(HookFiring.objects.values_list("job_result", flat=True))
    assert len(runs) == JobResult.objects.count() == sites
    sys.stdout.write(
        f"\n  {SAVERS} savers and {killed} dispatchers killed: {sites} events, {len(runs)} runs\n"
    )
