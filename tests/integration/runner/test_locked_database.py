"""A job may hold SQLite's one write lock: nobody is killed, nothing is lost, all is seen."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import reverse

from jobsmith.cli.following import Following
from jobsmith.conf import conf
from jobsmith.models import JobLogEntry, JobResult
from jobsmith.processes.spool import append, remove, waiting
from tests.support.factories import grant, make_admin, make_user

from .conftest import WorkerProgram, wait_for

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="only SQLite has one write lock"
)


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
    wait_for(lambda: any(waiting(conf().home, str(others[0].pk), "log", 0)), 20)
    stored = others[0].job_log_entries.count()
    first = next(waiting(conf().home, str(others[0].pk), "log", stored))
    assert first["seq"] <= stored + 1
    assert finish(holder).status == "SUCCESS"
    for each in others:
        assert finish(each).status == "SUCCESS"
        seqs = list(each.job_log_entries.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, each.log_count + 1))
        assert each.job_log_entries.filter(grouping="run").count() == 40
        assert not any(waiting(conf().home, str(each.pk), "log", 0))


@pytest.fixture
def client(transactional_db: None) -> Client:
    browser = Client()
    browser.force_login(make_admin())
    return browser


def get(client: Client, name: str, run: JobResult, **asked: object) -> Any:
    return client.get(reverse(f"jobsmith:run_{name}", args=[run.pk]), asked).json()


async def streamed(client: Client, run: JobResult, feed: str, count: int) -> list[list[Any]]:
    """The first lines that a browser hears."""
    browser = AsyncClient()
    browser.cookies = client.cookies
    answer = await browser.get(reverse("jobsmith:run_stream", args=[run.pk]), {"feed": feed})
    rows: list[list[Any]] = []
    async with aclosing(answer.streaming_content) as pieces:
        async for piece in pieces:
            if b"event: lines" in piece:
                rows += json.loads(piece.split(b"data: ", 1)[1])
            if len(rows) >= count:
                return rows
    return rows


def test_lines_are_seen_while_the_lock_is_held(
    start_worker: Callable[..., WorkerProgram],
    make_result: Callable[..., JobResult],
    finish: Callable[..., JobResult],
    client: Client,
) -> None:
    start_worker()
    run = make_result("TalksUnderLock", console_log=True)
    wait_for(lambda: len(list(waiting(conf().home, str(run.pk), "log", 0))) >= 10, 20)
    stored = run.job_log_entries.count()
    shown = get(client, "log", run)
    messages = [row[3] for row in shown["rows"] if row[3].startswith("held line")]
    assert len(messages) > stored
    assert messages == [f"held line {n}" for n in range(len(messages))]
    assert shown["total"] >= len(messages)
    assert not shown["over"]
    assert [row[0] for row in shown["rows"]] == list(range(1, len(shown["rows"]) + 1))
    later = get(client, "log", run, after=5, limit=2)["rows"]
    assert [row[0] for row in later] == [6, 7]
    assert len(get(client, "log", run, numbers=1, q="Held line 4")["numbers"]) == 1
    assert get(client, "log", run, numbers=1, level="error")["numbers"] == []
    assert any(row[3] == "printed 3" for row in get(client, "console", run)["rows"])
    heard = asyncio.run(streamed(client, run, "log", len(messages) + 5))
    assert [row[0] for row in heard] == list(range(1, len(heard) + 1))
    whole = client.get(reverse("jobsmith:run_log_download", args=[run.pk]))
    assert b"held line 9\n" in b"".join(whole)
    followed = list(Following(run, user=get_user_model()._default_manager.get()).lines())
    assert "held line 9" in [each.message for each in followed]
    run.refresh_from_db()
    assert run.status == "STARTED"
    assert run.job_log_entries.count() == stored  # so all this came while nothing could be stored
    run = finish(run)
    assert run.status == "SUCCESS"
    rows = get(client, "log", run, limit=2000)["rows"]
    assert [row[0] for row in rows] == list(range(1, run.log_count + 1))
    assert [row[3] for row in rows if row[3].startswith("held")] == [
        f"held line {n}" for n in range(60)
    ]


def test_lines_that_wait_are_not_shown_where_only_some_lines_may_be(
    make_result: Callable[..., JobResult], client: Client
) -> None:
    run = make_result("Chatty", status="STARTED")
    row = {"kind": "log", "seq": 1, "created": 1.0, "level": "error", "message": "waits"}
    append(conf().home, str(run.pk), [row | {"grouping": "", "object": "", "url": ""}])
    assert [each[3] for each in get(client, "log", run)["rows"]] == ["waits"]
    limited = make_user("lena", "view_jobresult")
    grant(limited, "view", JobLogEntry, {"log_level": "error"})
    client.force_login(limited)
    assert get(client, "log", run)["rows"] == []
    remove(conf().home, str(run.pk))
