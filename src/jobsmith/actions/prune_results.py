"""Delete runs that have been kept for long enough."""

import time
from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Manager

from jobsmith.models import JobConsoleEntry, JobFile, JobLogEntry, JobResult

from .archive_results import archive_results
from .retention import deletable, overdue
from .store_files import discard_files
from .transactions import changes

RUNS = 200
"""Deleted at once, so that nobody waits for long, however much there is to delete."""
LOOK_AHEAD = 5000
"""Found at once: the database passes by what has just been deleted every time it looks."""
LINES = 5000


def prune_results(*, seconds: float = 20) -> int:
    """Delete overdue runs with their logs and files for about so long; how many.

    Any number of processes may do it at once. Runs are written to the archive first, if there is
    one; what cannot be archived stays, and OSError is raised. Raises Busy, with what was deleted
    until then gone.
    """
    until, count = time.monotonic() + seconds, 0
    for rows in overdue():
        while keys := list(rows.values_list("pk", flat=True)[:LOOK_AHEAD]):
            gone = 0
            for start in range(0, len(keys), RUNS):
                if time.monotonic() > until:
                    return count + gone
                gone += _prune(keys[start : start + RUNS])
            count += gone
            if not gone:  # somebody else is at them
                break
    return count


def to_prune() -> Counter[str]:
    """How many runs of which job name would be deleted now."""
    found: dict[str, set[UUID]] = {}
    for rows in overdue():
        for key, name in rows.order_by().values_list("pk", "name").iterator():
            found.setdefault(name, set()).add(key)
    return Counter({name: len(keys) for name, keys in found.items()})


def _prune(keys: Collection[UUID]) -> int:
    archive_results(JobResult.objects.filter(pk__in=keys))
    while _shorten(JobLogEntry, keys) or _shorten(JobConsoleEntry, keys):
        pass
    with changes():
        doomed = deletable().select_for_update(skip_locked=True, of=("self",)).filter(pk__in=keys)
        ours = list(doomed.values_list("pk", flat=True))
        files = list(JobFile.objects.filter(job_result__in=ours))
        JobResult.objects.filter(pk__in=ours).delete()
        transaction.on_commit(lambda: discard_files(files), robust=True)
    return len(ours)


def _shorten(model: type[JobLogEntry | JobConsoleEntry], keys: Collection[UUID]) -> int:
    """A run may have millions of lines: they go first, some at a time."""
    rows: Manager[Any] = model._default_manager
    some = rows.filter(job_result__in=keys, job_result__pinned=False).order_by().values("pk")
    with changes():
        return int(rows.filter(pk__in=some[:LINES]).delete()[0])
