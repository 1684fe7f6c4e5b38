"""Makes the job records follow a commit of a Git repository, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from jobsmith.audit import note_change, snapshot
from jobsmith.errors import SourceBroken
from jobsmith.models import GitRepository, Job
from jobsmith.sources import trees
from jobsmith.sources.base import SourceRef
from jobsmith.sources.inspect import Inspection
from jobsmith.specs import Problem

from .sync import SyncReport, follow, know_source, record_failure

SHORT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit that loads."""

    head: str
    made: trees.Snapshot
    inspection: Inspection
    read_at: datetime
    """When it was asked for: a sync that asked later has a newer word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Names of jobs that a commit would bring, refresh and take away."""

    created: tuple[str, ...]
    refreshed: tuple[str, ...]
    removed: tuple[str, ...]


def label_of(repository: GitRepository, head: str = "") -> str:
    """What the version of a commit is called; without one, how all of the repository begin."""
    return f"{repository.slug[:60]} {head[:SHORT]}"


def serve_commit(repository: GitRepository, ref: SourceRef, commit: Commit) -> SyncReport:
    """Have the commit serve from now on; runs that were accepted keep their own.

    Raises SourceBroken when the repository is another one by now, or none.
    """
    tree = trees.store(commit.made, label=label_of(repository, commit.head))
    with transaction.atomic():
        _hold(repository)
        know_source(ref)
        report = follow(ref, tree, commit.inspection, commit.read_at)
        if report.digest == commit.made.digest:
            Job.objects.filter(source_key=ref.key).update(git_repository=repository)
            _note_head(repository, commit.head)
    return report


def keep_out(repository: GitRepository, ref: SourceRef, problems: Sequence[Problem]) -> None:
    """Note why no new commit serves; raises SourceBroken as `serve_commit` does."""
    with transaction.atomic():
        _hold(repository)
        know_source(ref)
        record_failure(ref, problems)


def _hold(repository: GitRepository) -> None:
    """Let nobody edit or delete it until the transaction ends, if it still means what was synced.

    Before the sources, as whoever deletes it does; by a write, which is what SQLite locks at.
    """
    if repository.unchanged().update(slug=F("slug")):
        return
    if GitRepository.objects.filter(pk=repository.pk).exists():
        raise SourceBroken(
            "Address, branch or folder of the repository were changed during the sync, so what it "
            "fetched does not count. Sync again."
        )
    raise SourceBroken("The repository was deleted during the sync.")


def _note_head(repository: GitRepository, head: str) -> None:
    """Keep which commit serves; what an administrator edits meanwhile stays."""
    row = GitRepository.objects.select_for_update().get(pk=repository.pk)
    before = snapshot(row)
    if row.current_head != head:
        GitRepository.objects.filter(pk=row.pk).update(current_head=head)
        row.current_head = head
        note_change(row, user=None, before=before)


def difference(ref: SourceRef, inspection: Inspection) -> Difference:
    """What `serve_commit` would do to the records."""
    rows = Job.objects.filter(source_key=ref.key, installed=True)
    now = {job.class_path: job.name for job in rows}
    then = {spec.class_path: spec.name for spec in inspection.specs}
    return Difference(
        created=tuple(name for path, name in then.items() if path not in now),
        refreshed=tuple(name for path, name in then.items() if path in now),
        removed=tuple(name for path, name in now.items() if path not in then),
    )
