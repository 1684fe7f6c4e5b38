"""Runs that somebody else ended, lines that wait on disk, and lost answers of the database."""

import json
import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.engines.inline import run_now
from jobsmith.models import JobResult
from jobsmith.processes import spool
from jobsmith.processes.liveness import hold, lock_path
from jobsmith.runner import rescue

from .conftest import WorkerProgram, wait_for

Start = Callable[..., WorkerProgram]
Make = Callable[..., JobResult]
Finish = Callable[..., JobResult]

FAILED = {"status": "FAILURE", "cause": "worker_lost"}


@pytest.mark.parametrize("taken", [{"attempt": 9}, FAILED], ids=["taken", "ended"])
def test_a_run_that_was_taken_away_gives_its_slot_back(
    start_worker: Start, make_result: Make, finish: Finish, method: str, taken: dict[str, Any]
) -> None:
    worker = start_worker(method, slots=1)
    result = make_result("Chatty")
    wait_for(lambda: result.job_log_entries.filter(grouping="run").exists())
    JobResult.objects.filter(pk=result.pk).update(**taken)
    assert finish(make_result("NoOp")).status == "SUCCESS"
    result.refresh_from_db()
    assert {name: getattr(result, name) for name in taken} == taken
    assert worker.process.poll() is None
    wait_for(lambda: not worker.survivors(), 5)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_an_answer_to_a_commit_may_be_lost(
    make_result: Make, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    result = make_result("Slowly", class_path="wire.Slowly")
    commit, commits = connection._commit, iter(range(1000))

    def lose_the_answer() -> None:
        commit()
        number = next(commits)
        if number > 2 and number % every == 0 and number < 60:
            raise OperationalError("the connection was lost")

    monkeypatch.setattr(connection, "_commit", lose_the_answer)
    run_now(result)
    monkeypatch.undo()
    assert (result.status, result.cause) == ("SUCCESS", "")
    for entries, count in (
        (result.job_log_entries, result.log_count),
        (result.job_console_entries, result.console_count),
    ):
        seqs = list(entries.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, count + 1))
    assert result.files.count() == 3
    rescue.rescue()
    assert str(result.pk) not in spool.kept(conf().home)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has one write lock")
def test_lines_on_disk_that_cannot_be_stored_end_their_run(
    start_worker: Start, make_result: Make, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_HOLD", "5")
    worker = start_worker(slots=4)
    chatty, neighbour = make_result("Chatty"), make_result("Chatty")
    wait_for(lambda: chatty.job_log_entries.filter(grouping="run").exists())
    holder = make_result("HoldsLock")
    path = spool.spool_path(conf().home, str(chatty.pk))
    wait_for(path.exists)
    with path.open("a") as file:
        file.write(json.dumps(line(1_000_000, message=None)) + "\n")
    finish(chatty)
    assert (chatty.status, chatty.cause) == ("FAILURE", "protocol")
    assert finish(holder).status == finish(neighbour).status == "SUCCESS"
    assert worker.process.poll() is None
    assert not path.exists()


def line(seq: int, *, level: str = "info", message: str | None = "m") -> dict[str, object]:
    return {
        **{"kind": "log", "seq": seq, "created": 1.7e9, "level": level, "message": message},
        **{"grouping": "g", "object": "", "url": ""},
    }


def console(seq: int) -> dict[str, object]:
    return {"kind": "console", "seq": seq, "created": 1.7e9, "type": "stdout", "text": "t"}


@pytest.fixture
def orphan(make_result: Make) -> JobResult:
    """A run whose worker of this machine died, with lines on disk."""
    owner = uuid.uuid4()
    os.close(hold(lock_path(conf().home, owner)))
    return make_result("NoOp", status="STARTED", worker_id=owner, attempt=1)


ROWS = [line(1), line(2, level="error"), console(1), line(3, level="critical"), console(2)]


def test_a_rescue_counts_the_lines_that_it_brings_in(orphan: JobResult) -> None:
    spool.append(conf().home, str(orphan.pk), ROWS[:2])
    with spool.spool_path(conf().home, str(orphan.pk)).open("a") as file:
        file.write('{"kind":"lo')
    assert rescue.rescue() == 1
    orphan.refresh_from_db()
    assert (orphan.status, orphan.cause) == ("FAILURE", "worker_lost")
    assert (orphan.log_count, orphan.info_log_count, orphan.error_log_count) == (2, 1, 1)
    assert spool.kept(conf().home) == []


def test_lines_that_were_stored_already_do_not_stop_a_rescue(orphan: JobResult) -> None:
    spool.append(conf().home, str(orphan.pk), ROWS[:3])
    rescue.rescue()
    JobResult.objects.filter(pk=orphan.pk).update(status="STARTED", log_count=0)
    spool.append(conf().home, str(orphan.pk), ROWS)
    assert rescue.rescue() == 1
    orphan.refresh_from_db()
    assert (orphan.log_count, orphan.console_count, orphan.error_log_count) == (3, 2, 2)


@pytest.mark.parametrize("bad", [json.dumps(line(1, message=None)), "no JSON"])
def test_lines_that_cannot_be_stored_do_not_stop_a_rescue(orphan: JobResult, bad: str) -> None:
    path = spool.spool_path(conf().home, str(orphan.pk))
    spool.append(conf().home, str(orphan.pk), [])
    path.write_text(bad + "\n")
    assert rescue.rescue() == 1
    orphan.refresh_from_db()
    assert orphan.cause == "worker_lost"
    assert not path.exists()
    path.with_suffix(".unreadable").unlink()


def test_a_worker_that_comes_back_in_time_keeps_its_run(
    make_result: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = timezone.now() - timedelta(seconds=1)
    run = make_result("NoOp", status="STARTED", worker_id=uuid.uuid4(), lease_expires_at=late)

    def renew(path: object) -> None:
        soon = timezone.now() + timedelta(minutes=1)
        JobResult.objects.filter(pk=run.pk).update(lease_expires_at=soon)

    monkeypatch.setattr(rescue, "is_held", renew)
    assert rescue.rescue() == 0
    run.refresh_from_db()
    assert run.status == "STARTED"
    monkeypatch.undo()
    JobResult.objects.filter(pk=run.pk).update(lease_expires_at=late)
    assert rescue.rescue() == 1


def test_a_starting_worker_brings_in_the_lines_of_runs_that_others_ended(
    make_result: Make, start_worker: Start
) -> None:
    """As when the machine was down while another one rescued its runs."""
    ended, gone = make_result("NoOp", **FAILED), str(uuid.uuid4())
    held = make_result("NoOp", status="STARTED", lease_expires_at=timezone.now())
    JobResult.objects.filter(pk=held.pk).update(
        lease_expires_at=timezone.now() + timedelta(minutes=5), worker_id=uuid.uuid4()
    )
    for key in (str(ended.pk), gone, str(held.pk)):
        spool.append(conf().home, key, ROWS)
    start_worker()
    wait_for(lambda: spool.kept(conf().home) == [str(held.pk)])
    ended.refresh_from_db()
    assert (ended.log_count, ended.console_count, ended.error_log_count) == (3, 2, 2)
    spool.remove(conf().home, str(held.pk))
