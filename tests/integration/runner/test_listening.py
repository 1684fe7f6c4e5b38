"""A worker that cannot write its heartbeat is still there while it holds its lock."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.runner.listening import listening_workers
from tests.support.factories import make_worker

pytestmark = pytest.mark.django_db


def test_a_silent_worker_listens_as_long_as_it_lives() -> None:
    silent = make_worker(beat_at=timezone.now() - timedelta(minutes=1))
    assert listening_workers() == []
    path = lock_path(conf().home, silent.pk)
    descriptor = hold(path)
    assert listening_workers() == [silent]
    os.close(descriptor)
    assert listening_workers() == []
    path.unlink()


def test_a_worker_that_has_stopped_or_drains_does_not_listen() -> None:
    make_worker(stopped_at=timezone.now())
    make_worker(draining=True)
    beats = make_worker()
    assert listening_workers() == [beats]
