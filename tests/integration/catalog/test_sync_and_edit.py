"""An edit that ends while a sync is at the same record is not undone by it."""

import threading
import time

import pytest
from django.db import connection, transaction

from jobsmith.actions.override_job import edit_job
from jobsmith.catalog.records import upsert
from jobsmith.models import Job, Source
from tests.support.factories import make_admin, make_job, make_spec

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer: needs PostgreSQL"
    ),
]


def sync(source: Source) -> None:
    try:
        with transaction.atomic():
            upsert(source, [make_spec()])
    finally:
        connection.close()


def waiting() -> int:
    """How many connections to this database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def test_an_edit_that_ends_while_a_sync_waits_stays() -> None:
    source = Source.objects.create(key="folder", kind="local")
    job, admin = make_job(source_key=source.key, installed=True), make_admin()
    thread = threading.Thread(target=sync, args=(source,))
    with transaction.atomic():
        edit_job(
            job, user=admin, values={"description": "by hand"}, overrides={"description": True}
        )
        thread.start()
        until = time.monotonic() + 30
        while not waiting() and time.monotonic() < until:
            time.sleep(0.02)
        assert waiting()
    thread.join(timeout=30)
    assert not thread.is_alive()
    job = Job.objects.get(pk=job.pk)
    assert (job.description, job.overridden) == ("by hand", ["description"])
