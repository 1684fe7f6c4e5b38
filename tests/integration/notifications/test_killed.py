"""Killed while it tells or sends: nothing is lost, and in Jobsmith nothing comes twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobsmith import policies
from jobsmith.inputs.vault import seal
from jobsmith.lifecycle import Status
from jobsmith.models import JobResult, NotificationDelivery, NotificationRule
from tests.support.job_files import database_url
from tests.support.receiver import receiver

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
RUNS, MOST = 6, 40


def started(seed: int) -> "subprocess.Popen[bytes]":
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "JOBSMITH_NOTIFY_ALLOWED_NETWORKS": "127.0.0.1/32",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    return subprocess.Popen([sys.executable, "-m", "tests.support.notifying", str(seed)], env=env)


def test_killed_dispatchers_lose_nothing(
    rule: Callable[..., NotificationRule], ended: Callable[..., JobResult], admin: Any
) -> None:
    with receiver() as inbox:
        rule(admin)
        sealed = {"sealed_url": seal({"url": inbox.url}), "sealed_signing_key": seal({})}
        rule(channel=NotificationRule.Channel.WEBHOOK, **sealed)
        runs = {ended(Status.SUCCESS).pk for _ in range(RUNS)}
        running, seed, killed = [started(each) for each in range(2)], 10, 0
        while running:
            code = running.pop(0).wait(timeout=90)
            if code == -signal.SIGKILL:
                killed, seed = killed + 1, seed + 1
                assert killed < MOST
                running.append(started(seed))
            else:
                assert code == 0
        assert killed > 0
        told = [each for body in inbox.bodies for each in json.loads(body)["deliveries"]]
    mine = list(policies.notifications(admin).values_list("event__subject", flat=True))
    assert sorted(mine) == sorted(runs)
    sent = NotificationDelivery.objects.filter(user=None)
    assert {each["id"] for each in told} == {
        str(each) for each in sent.values_list("pk", flat=True)
    }
    assert set(sent.values_list("event__subject", "state")) == {(each, "sent") for each in runs}
    sys.stdout.write(
        f"\n  {killed} dispatchers killed: {RUNS} runs, {len(told)} told to the hook\n"
    )
