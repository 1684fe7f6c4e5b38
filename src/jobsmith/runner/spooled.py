"""Rows that waited on disk, on their way into the database: each gets there once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet

from jobsmith.conf import conf
from jobsmith.lifecycle import is_final
from jobsmith.models import JobConsoleEntry, JobLogEntry, JobResult
from jobsmith.processes import spool

from .faults import Unreachable, logger
from .rows import insert
from .run import Row

CHUNK = 1000
ERRORS = ("failure", "error", "critical")
OTHERS = ("debug", "success", "info", "warning")


def counts(levels: Mapping[str, int], *, log: int, console: int) -> dict[str, int]:
    """The counting fields of a run, from lines per level and the highest numbers."""
    return {
        "log_count": log,
        "console_count": console,
        "error_log_count": sum(levels.get(level, 0) for level in ERRORS),
        **{f"{level}_log_count": levels.get(level, 0) for level in OTHERS},
    }


def levels_of(result: JobResult) -> Counter[str]:
    """Lines per level that earlier attempts have written."""
    names = ("error", *OTHERS)
    return Counter({name: getattr(result, f"{name}_log_count") or 0 for name in names})


def highest(key: str) -> dict[str, int]:
    """The highest ``seq`` in the database, by kind."""
    log = JobLogEntry.objects.filter(job_result_id=UUID(key))
    console = JobConsoleEntry.objects.filter(job_result_id=UUID(key))
    return {kind: _highest(rows) for kind, rows in (("log", log), ("console", console))}


def _highest(rows: QuerySet[Any]) -> int:
    return rows.aggregate(most=Max("seq"))["most"] or 0


def insert_new(
    result_id: str, rows: Sequence[Row], stored: Mapping[str, int], attempt: int
) -> None:
    """Insert what is not stored yet: the answer to an earlier commit may have been lost.

    Of an attempt that another one has followed nothing can be added: its numbers are taken.
    """
    ours = (row for row in rows if row.get("attempt", attempt) == attempt)
    insert((result_id, row) for row in ours if row["seq"] > stored[row["kind"]])


def import_strays() -> None:
    """Bring in the rows on this machine of runs that somebody else has ended meanwhile."""
    for key in spool.kept(conf().home):
        result = JobResult.objects.filter(pk=key).only("status", "attempt").first()
        if result is None:
            spool.remove(conf().home, key)
        elif is_final(result.status):
            bring_in(result)


def bring_in(result: JobResult) -> None:
    """Bring the rows that a worker left on this machine into the database, and count all anew.

    Rows that cannot be stored are set aside: nobody may wait for them for ever.
    """
    key = str(result.pk)
    try:
        with transaction.atomic():
            _import(key, result.attempt)
            JobResult.objects.filter(pk=key).update(**_recount(key))
        spool.remove(conf().home, key)
    except Unreachable:
        raise
    except PermissionError:
        logger.warning("The lines on disk of run %s belong to another user", key)
    except Exception as error:
        logger.error("The lines on disk of run %s cannot be stored", key, exc_info=error)
        spool.set_aside(conf().home, key)


def _import(key: str, attempt: int) -> None:
    stored = highest(key)
    for rows, _ in spool.read_chunks(conf().home, key, 0, CHUNK):
        insert_new(key, rows, stored, attempt)


def _recount(key: str) -> dict[str, int]:
    lines = JobLogEntry.objects.filter(job_result_id=UUID(key)).order_by()
    levels = dict(lines.values_list("log_level").annotate(Count("pk")))
    stored = highest(key)
    return counts(levels, log=stored["log"], console=stored["console"])
