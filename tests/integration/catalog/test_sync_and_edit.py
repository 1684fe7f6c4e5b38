"""Edits of jobs that meet a sync, or each other."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from jobsmith.actions.override_job import edit_job
from jobsmith.catalog.records import upsert
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, Source
from tests.support.factories import make_admin, make_job, make_spec

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer: needs PostgreSQL"
    ),
]


def beside(what: Callable[[], object]) -> threading.Thread:
    """Do it in a thread with a connection of its own."""

    def done() -> None:
        try:
            with transaction.atomic():
                what()
        finally:
            connection.close()

    thread = threading.Thread(target=done)
    thread.start()
    return thread


def waiting() -> int:
    """How many connections to this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def until_one_waits() -> None:
    until = time.monotonic() + 30
    while not waiting() and time.monotonic() < until:
        time.sleep(0.02)
    assert waiting()


def test_an_edit_that_ends_while_a_sync_waits_stays() -> None:
    source = Source.objects.create(key="folder", kind="local")
    job, admin = make_job(source_key=source.key, installed=True), make_admin()
    with transaction.atomic():
        edit_job(
            job, user=admin, values={"description": "by hand"}, overrides={"description": True}
        )
        thread = beside(lambda: upsert(source, [make_spec()]))
        until_one_waits()
    thread.join(timeout=30)
    assert not thread.is_alive()
    job = Job.objects.get(pk=job.pk)
    assert (job.description, job.overridden) == ("by hand", ["description"])


def test_a_name_that_somebody_else_takes_meanwhile_is_refused() -> None:
    one, two, admin = make_job(), make_job(make_spec("Two")), make_admin()
    refused: list[InputsRefused] = []

    def name_it(job: Job) -> None:
        edit_job(job, user=admin, values={"name": "Same"}, overrides={"name": True})

    def second() -> None:
        try:
            name_it(two)
        except InputsRefused as error:
            refused.append(error)
            transaction.set_rollback(True)

    with transaction.atomic():
        name_it(one)
        thread = beside(second)
        until_one_waits()
    thread.join(timeout=30)
    assert [list(each.errors) for each in refused] == [["name"]]
