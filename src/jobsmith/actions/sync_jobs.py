"""Read the sources of jobs again and make the records follow."""

import logging
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from jobsmith.catalog.queues import default_queue
from jobsmith.catalog.sync import SyncReport, sync_all, sync_source
from jobsmith.conf import conf
from jobsmith.database import DATABASE_FAULTS, database_refusal
from jobsmith.errors import JobsmithError, NotFound
from jobsmith.sources.base import FOLDER, named

logger = logging.getLogger(__name__)


def sync_jobs(key: str = "") -> list[SyncReport]:
    """Sync all sources, or the one of that key; raises Busy when the database takes no writes.

    Called by ``migrate``, ``post_upgrade``, ``sync`` and whoever watches the folder of jobs: it
    asks for no permission, so a door that offers it to people does.
    """
    try:
        return _sync(key)
    except DATABASE_FAULTS as error:
        raise database_refusal(error) from error


def sync_folder() -> list[SyncReport]:
    """Sync the folder of jobs, which changed; packages cannot without a start of the server."""
    return sync_jobs(FOLDER)


def _sync(key: str) -> list[SyncReport]:
    if not key:
        return sync_all()
    ref = named(key)
    if ref is None:
        raise NotFound(f"There is no source {key}.")
    return [sync_source(ref)]


def follow_migrate(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Sync after ``migrate``. Nothing that is wrong with job code may stop a migration.

    ``flush`` sends the same signal, without a plan: it only needs the default queue back.
    """
    if using != DEFAULT_DB_ALIAS or not _has_tables(using):
        return
    try:
        default_queue()
        if plan is not None and conf().sync_on_migrate:
            sync_jobs()
    except (DatabaseError, JobsmithError, OSError) as error:
        logger.warning("Job records were not synced: %s", error)


def _has_tables(using: str) -> bool:
    """Whether all our tables are there: a migration may also go backwards."""
    there = set(connections[using].introspection.table_names())
    ours = apps.get_app_config("jobsmith").get_models()
    return all(each._meta.db_table in there for each in ours)
