"""A job may hold SQLite's one write lock: nobody is killed, nothing is lost, all is seen."""

from collections.abc import Callable

import pytest
from django.db import connection

from jobsmith.conf import conf
from jobsmith.models import JobResult
from jobsmith.processes.spool import read_spool

from .conftest import WorkerProgram, wait_for


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one write lock")
def test_a_run_that_holds_the_lock_harms_no_other(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_HOLD", "6")
    start_worker(slots=4)
    others = [make_result("Chatty") for _ in range(2)]
    wait_for(lambda: all(each.job_log_entries.exists() for each in others))
    holder = make_result("HoldsLock")
    wait_for(lambda: bool(read_spool(conf().home, str(others[0].pk), 0, 10)), 20)
    stored = others[0].job_log_entries.count()
    waiting = read_spool(conf().home, str(others[0].pk), stored, 1000)
    assert waiting[0]["seq"] <= stored + 1
    assert finish(holder).status == "SUCCESS"
    for each in others:
        assert finish(each).status == "SUCCESS"
        seqs = list(each.job_log_entries.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, each.log_count + 1))
        assert each.job_log_entries.filter(grouping="run").count() == 40
        assert not read_spool(conf().home, str(each.pk), 0, 10)
