"""The one writer of rows of runs: logs, console, progress, files and endings, in group commits."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.failpoints import failpoint
from jobsmith.lifecycle import Cause, Status
from jobsmith.models import JobResult, NotificationEvent
from jobsmith.processes import spool

from . import retrying
from .ending import Ending
from .faults import cause_of
from .rows import insert
from .run import Run
from .spooled import CHUNK, counts, highest, insert_new


def write(runs: Sequence[Run]) -> None:
    """Write all that is new of these runs in one transaction; raises one of Unreachable.

    A run whose row no longer carries our attempt is marked lost, and nothing of it is written.
    """
    _drain([run for run in runs if run.spooled and not run.lost])
    fresh = [run for run in runs if (run.rows or run.changed) and not run.lost]
    if not fresh:
        return
    what = "end" if any(run.ending for run in fresh) else "log"
    with transaction.atomic():
        for run in fresh:
            run.lost = not _update(run)
        ours = [run for run in fresh if not run.lost]
        insert((str(run.result.pk), row) for run in ours for row in run.rows)
        for run in ours:
            run.files.store(str(run.result.pk), run.result.user_id)
        failpoint(f"{what}.written")
    failpoint(f"{what}.committed")
    for run in fresh:
        run.rows, run.changed = [], False
        run.files.finished.clear()


def keep_on_disk(runs: Iterable[Run]) -> None:
    """Spool the rows that could not be written, so that memory stays flat and views see them."""
    for run in runs:
        if run.rows and not run.lost:
            _spool(run)


def _spool(run: Run) -> None:
    try:
        spool.append(conf().home, run.key, run.rows)
    except OSError as error:  # its rows wait in memory: ended, it will add few
        run.condemn(*cause_of(error))
    else:
        run.rows, run.spooled, run.changed = [], True, True


def drop(run: Run) -> None:
    """Forget what could not be stored of a run, also on disk."""
    run.rows, run.progress = [], None
    run.spooled, run.spool_offset = False, 0
    with suppress(OSError):
        spool.remove(conf().home, run.key)


def _drain(runs: Sequence[Run]) -> None:
    """Move spooled rows into the database, a chunk a transaction."""
    for run in runs:
        stored = highest(run.key)
        for rows, offset in spool.read_chunks(conf().home, run.key, run.spool_offset, CHUNK):
            with transaction.atomic():
                if not _ours(run).update(status=Status.STARTED.value):
                    run.lost = True  # `import_strays` sees to what is on disk
                    break
                insert_new(run.key, rows, stored, run.attempt)
            run.spool_offset = offset
        if not run.lost:
            run.spooled, run.spool_offset = False, 0
            spool.remove(conf().home, run.key)


def _ours(run: Run) -> Any:
    return JobResult.objects.filter(
        pk=run.result.pk, attempt=run.attempt, status=Status.STARTED.value
    )


def _update(run: Run) -> int:
    values: dict[str, Any] = counts(run.levels, log=run.log_count, console=run.console_count)
    if run.progress is not None:
        done, total, text = run.progress
        values |= {"progress_done": done, "progress_total": total, "progress_text": text}
    if run.ending is None:
        return int(_ours(run).update(**values))
    if run.ending.retry_in is not None:
        return _put_back(run, run.ending, values) or _cancelled(run, values)
    return _end(run, run.ending, values)


def _end(run: Run, ending: Ending, values: dict[str, Any]) -> int:
    found = int(_ours(run).update(**values, **_ending(ending)))
    if found:
        NotificationEvent.objects.note(NotificationEvent.Kind.RUN_ENDED, run.result.pk)
    return found


def _put_back(run: Run, ending: Ending, values: dict[str, Any]) -> int:
    """Let it wait for its next attempt."""
    failed = retrying.Failed(
        cause=ending.cause,
        detail=ending.detail,
        delay=ending.retry_in or 0.0,
        log_count=run.log_count,
        console_count=run.console_count,
    )
    _ours(run).update(**values)
    return retrying.put_back(_ours(run), run.result, failed)


def _cancelled(run: Run, values: dict[str, Any]) -> int:
    """Somebody cancelled it while it failed: there is no other attempt."""
    name = _ours(run).values_list("canceled_by_user_name", flat=True).first()
    if name is None:
        return 0
    detail = f"Cancelled by {name}." if name else "Cancelled."
    ending = Ending(status=Status.REVOKED, cause=Cause.CANCELLED.value, detail=detail)
    return _end(run, ending, values)


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        "status": ending.status.value,
        "cause": ending.cause,
        "cause_detail": ending.detail,
        "result": ending.result,
        "traceback": ending.traceback,
        "date_done": timezone.now(),
        "lease_expires_at": None,
        "meta": {"children": []},
    }
