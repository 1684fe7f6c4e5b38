"""Remove what nobody needs any more: code versions, and rows of processes that are gone.

Safe to do by any number of schedulers at once.
"""

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.lifecycle import FINAL, Status
from jobsmith.models import (
    ApprovalState,
    ApprovalWorkflow,
    DueTime,
    HookFiring,
    JobResult,
    JobWebhookDelivery,
    Source,
    SourceTree,
    Tally,
    Worker,
)
from jobsmith.processes.liveness import is_held, lock_path
from jobsmith.sources import overlay, trees
from jobsmith.sources.spare import spare_folders

GRACE = timedelta(hours=1)
"""A sync may be about to serve a version, and a run about to name it."""
SILENT = timedelta(days=1)
PAST = timedelta(days=90)
"""How long it can be looked up why a due time had no run."""


def prune_versions() -> int:
    """Delete code versions that nothing needs, here and in the database; how many rows.

    Needed is what a source serves, an unfinished run or a request for approval names, or was in
    use within the hour. Of the others the database keeps the newest ``KEEP_TREES``, to tell what
    code ran.
    """
    there = trees.unpacked()
    spare = _unneeded().order_by("-used_at").values_list("pk", flat=True)[conf().keep_trees :]
    with transaction.atomic():
        doomed = list(_unneeded().filter(pk__in=list(spare)).select_for_update(of=("self",)))
        count, _ = _light().filter(pk__in=[each.pk for each in doomed]).delete()
    _remove_unpacked(there, _needed())
    return count


def forget_workers() -> int:
    """Delete rows of processes that have been silent for a day; how many.

    One of this machine that still holds its lock only slept.
    """
    silent = Worker.objects.filter(beat_at__lt=timezone.now() - SILENT)
    home = conf().home
    gone = [key for key in silent.values_list("pk", flat=True) if not is_held(lock_path(home, key))]
    return silent.filter(pk__in=gone).delete()[0]


def forget_due_times() -> int:
    """Delete what came of due times long ago; the runs stay. How many."""
    return DueTime.objects.filter(due_at__lt=timezone.now() - PAST).delete()[0]


def forget_firings() -> int:
    """Delete what came of changes long ago; the runs and the trail stay. How many."""
    return HookFiring.objects.filter(recorded_at__lt=timezone.now() - PAST).delete()[0]


def forget_deliveries() -> int:
    """Delete what came of messages long ago; the runs stay. How many."""
    rows = JobWebhookDelivery.objects.filter(received_at__lt=timezone.now() - PAST)
    return rows.delete()[0]


def _unneeded() -> QuerySet[SourceTree]:
    unfinished = _unfinished().filter(source_digest=OuterRef("pk"))
    serves = Source.objects.filter(tree=OuterRef("pk"))
    asked = ApprovalWorkflow.objects.filter(
        source_digest=OuterRef("pk"), current_state=ApprovalState.PENDING
    )
    named = Exists(serves) | Exists(unfinished) | Exists(asked)
    needed = Q(used_at__gte=timezone.now() - GRACE) | named
    return _light().exclude(needed)


def _light() -> QuerySet[SourceTree]:
    """Without the code, which may be many megabytes."""
    return SourceTree.objects.defer("archive", "specs")


def _unfinished() -> QuerySet[JobResult]:
    return JobResult.objects.filter(status__in=[each.value for each in Status if each not in FINAL])


def _needed() -> set[str]:
    rows = SourceTree.objects.exclude(pk__in=_unneeded().values("pk"))
    return {
        *rows.values_list("pk", flat=True),
        *_unfinished().values_list("source_digest", flat=True),
    }


def _remove_unpacked(folders: Collection[Path], needed: Collection[str]) -> None:
    for folder in folders:
        if folder.name in needed or (folder.name.startswith(trees.DRAFT) and _is_fresh(folder)):
            continue
        with suppress(OSError):  # another scheduler is at it, or it is somebody else's
            trees.remove(folder)


def _is_fresh(folder: Path, seconds: float = GRACE.total_seconds()) -> bool:
    with suppress(OSError):
        return time.time() - folder.stat().st_mtime < seconds
    return True


def remove_unused_packages() -> int:
    """Delete packages on this machine that no run has asked for in a month; how many folders."""
    return overlay.remove_unused(days=30)


def remove_leftovers() -> int:
    """Delete what killed syncs left on this machine; how many folders."""
    patience = max(GRACE.total_seconds(), 2 * conf().git_fetch_seconds)
    old = [each for each in spare_folders() if not _is_fresh(each, patience)]
    for each in old:
        with suppress(OSError):  # another scheduler is at it
            trees.remove(each)
    return len(old)


def sum_up_tallies() -> None:
    """Make few rows of the many that count runs and log lines; nothing is lost by it."""
    Tally.objects.compact()
