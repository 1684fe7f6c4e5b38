"""The database goes away between two steps of a run that has not begun: it begins later."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import OperationalError

from jobsmith import failpoints
from jobsmith.conf import conf
from jobsmith.engines.local import new_supervisor
from jobsmith.models import JobResult, Worker
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.runner.rescue import rescue
from jobsmith.sources import trees

Make = Callable[..., JobResult]


def serve_until_ended(result: JobResult, seconds: float = 60) -> JobResult:
    """As a living worker does, which holds its lock."""
    worker = Worker.objects.create(
        name="w", hostname="here", pid=os.getpid(), version="0", queues=["q"], slots=1
    )
    supervisor, _ = new_supervisor(worker)
    lock = hold(lock_path(conf().home, worker.pk))
    until = time.monotonic() + seconds
    try:
        while not result.is_final and time.monotonic() < until:
            supervisor.step(0.1)
            rescue()
            result.refresh_from_db()
    finally:
        supervisor.close()
        os.close(lock)
    return result


def test_a_claim_that_was_committed_and_never_answered(
    make_result: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = []

    def lose(name: str) -> None:
        if name == "claim.committed" and not lost:
            lost.append(name)
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(failpoints, "watcher", lose)
    result = serve_until_ended(make_result("NoOp"))
    assert lost
    assert (result.status, result.attempt) == ("SUCCESS", 1)


def test_code_that_cannot_be_fetched_for_a_moment(
    make_result: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure, failures = trees.ensure, [OperationalError("the server is starting up")]

    def fetch(digest: str) -> Path:
        with suppress(IndexError):
            raise failures.pop()
        return ensure(digest)

    monkeypatch.setattr(trees, "ensure", fetch)
    result = serve_until_ended(make_result("NoOp"))
    assert not failures
    assert (result.status, result.attempt) == ("SUCCESS", 1)
