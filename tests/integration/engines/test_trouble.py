"""What people are told when Celery cannot do its part."""

import logging
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest

from jobsmith.cli.doctor import findings
from jobsmith.engines import engine
from jobsmith.models import JobQueue
from tests.support.job_files import jobsmith_settings
from tests.support.served import free_port, wait_until

pytestmark = pytest.mark.skipif(
    find_spec("celery") is None, reason="NOT TESTED: celery is not installed"
)


@pytest.fixture
def nowhere(settings: Any) -> str:
    """A broker that does not answer, with a password."""
    url = f"redis://:canary-password@127.0.0.1:{free_port()}/0"
    settings.JOBSMITH = jobsmith_settings(ENGINE="celery", BROKER_URL=url)
    return url


@pytest.mark.django_db
def test_the_doctor_names_a_broker_that_does_not_answer_and_keeps_its_password(
    nowhere: str,
) -> None:
    said = {each.topic: f"{each.state}: {each.sentence}" for each in findings()}
    address = nowhere.replace("canary-password", "**")
    assert said["engine"].startswith(f"wrong: {address} does not answer (")
    assert "canary-password" not in str(said)


@pytest.mark.django_db
def test_the_doctor_names_queues_that_no_worker_takes() -> None:
    JobQueue.objects.get_or_create(name="forgotten")
    said = {each.topic: each.sentence for each in findings()}
    assert "forgotten" in said["queues"]


@pytest.mark.django_db
def test_a_hint_to_a_broker_that_is_away_is_dropped_with_one_line(
    nowhere: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "jobsmith.engine"):
        for _ in range(50):
            engine().hint([])
        wait_until(lambda: caplog.messages)
        engine().hint([])
    assert len(caplog.messages) == 1
    assert "canary-password" not in caplog.text


def test_a_worker_with_a_pool_that_is_not_ours_says_what_to_type() -> None:
    environ = {"JOBSMITH_ENGINE": "celery", "JOBSMITH_BROKER_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "jobsmith_server", "worker", "-P", "solo"],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "-P threads" in done.stderr
