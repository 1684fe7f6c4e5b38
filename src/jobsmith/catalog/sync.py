"""Makes the job records follow their sources.

A job whose file cannot be loaded any more is marked as not installed, because the version that
serves now does not hold it; a problem at that file names it. When the inspection itself fails (no
child could be started, the folder cannot be read), records and version stay as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from jobsmith.conf import conf
from jobsmith.errors import SourceBroken
from jobsmith.models import Job, NotificationEvent, Source, SourceProblem, SourceTree
from jobsmith.processes import environment
from jobsmith.processes.text import clean
from jobsmith.redact import Redactor
from jobsmith.sources import packages, trees
from jobsmith.sources.base import SYSTEM, SourceRef, configured
from jobsmith.sources.inspect import Inspection, inspect
from jobsmith.specs import JobSpec, Problem, to_json

from .queues import default_queue
from .records import Changes, upsert

MAX_PROBLEMS = 1_000
JOB_MISSING = "job_missing"
"""Code of the problem that names jobs which a broken file takes away."""
_FILE_LENGTH = 500
_CODE_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did to one source."""

    key: str
    digest: str = ""
    created: tuple[str, ...] = ()
    refreshed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def sync_all() -> list[SyncReport]:
    """Sync every source; sources that are no longer configured offer nothing any more."""
    default_queue()
    refs = configured()
    reports = [sync_source(ref) for ref in refs]
    return reports + _retire_sources({ref.key for ref in refs})


def sync_source(ref: SourceRef) -> SyncReport:
    """Read one source again and make its records follow."""
    know_source(ref)
    read_at = timezone.now()
    try:
        tree, inspection = _read(ref)
    except SourceBroken as error:
        return record_failure(ref, [Problem(code=error.code, message=error.message)])
    return follow(ref, tree, inspection, read_at)


def follow(
    ref: SourceRef, tree: SourceTree, inspection: Inspection, read_at: datetime
) -> SyncReport:
    """Have this version serve, and make the records follow what was found in it."""
    with transaction.atomic():
        source = _locked(ref)
        if source.synced_at is not None and source.synced_at > read_at:
            # Another sync read the source after us and was done before us: its word is newer.
            return SyncReport(key=ref.key, digest=source.tree_id or "")
        changes = upsert(source, inspection.specs)
        problems = _with_missing((*inspection.problems, *changes.problems), changes.removed)
        _serve(source, tree, inspection.specs, read_at)
        _store_problems(source, problems)
    return _report(ref.key, tree.digest, changes, problems)


def know_source(ref: SourceRef) -> None:
    """See that the source has a row."""
    Source.objects.get_or_create(key=ref.key, defaults={"kind": ref.kind, "title": ref.title[:255]})


def _read(ref: SourceRef) -> tuple[SourceTree, Inspection]:
    """The present version of the source, kept, and what is in it."""
    if ref.is_package:
        return packages.store(packages.version_of(ref)), inspect(ref)
    made = trees.snapshot(ref.path)
    tree = trees.store(made, label=f"{ref.title} {made.digest[:8]}")
    found = inspect(ref, trees.ensure(made.digest))
    return tree, Inspection(specs=found.specs, problems=(*made.problems, *found.problems))


def _locked(ref: SourceRef) -> Source:
    """The row of the source, in a transaction that no other sync is in."""
    _wait_for_other_syncs()
    Source.objects.filter(key=ref.key).update(kind=ref.kind, title=ref.title[:255])
    return Source.objects.get(key=ref.key)


def _wait_for_other_syncs() -> None:
    """One sync at a time: job names are unique over all sources.

    PostgreSQL locks every row, before any write and always in the same order, so that two syncs
    cannot wait for each other. SQLite has one lock, and only a write that comes first gets it.
    """
    if connection.features.has_select_for_update:
        list(Source.objects.select_for_update().order_by("key"))
    else:
        Source.objects.update(kind=F("kind"))


def _serve(source: Source, tree: SourceTree, specs: Iterable[JobSpec], read_at: datetime) -> None:
    declared = {each.class_path: to_json(each) for each in specs}
    SourceTree.objects.filter(pk=tree.pk).update(specs=declared)
    _note_use(source.tree_id, tree.pk)
    source.tree = tree
    source.synced_at = read_at
    source.save(update_fields=["tree", "synced_at"])


def _note_use(*digests: str | None) -> None:
    """Runs that are being accepted may name these, and are not to be seen yet."""
    SourceTree.objects.filter(pk__in=digests).update(used_at=timezone.now())


def _with_missing(problems: Sequence[Problem], removed: Iterable[str]) -> tuple[Problem, ...]:
    """The problems, and for each broken file one that names the jobs it takes away."""
    paths = set(removed)
    broken = {each.file for each in problems if each.severity == "error" and each.file}
    names: dict[str, list[str]] = defaultdict(list)
    modules = {path.rpartition(".")[0] for path in paths}
    for job in Job.objects.filter(module_name__in=modules):
        file = str(job.declared.get("file", ""))
        if job.class_path in paths and file in broken:
            names[file].append(job.name)
    missing = [
        Problem(
            code=JOB_MISSING,
            message=f"Not offered until this file loads again: {', '.join(found)}.",
            file=file,
        )
        for file, found in sorted(names.items())
    ]
    return (*problems, *missing)


def _store_problems(source: Source, problems: Sequence[Problem]) -> None:
    redactor = Redactor(environment.secret_values(), conf().sanitizer_patterns)
    known = _errors(source)
    source.problems.all().delete()
    SourceProblem.objects.bulk_create(
        SourceProblem(
            source=source,
            code=each.code[:_CODE_LENGTH],
            message=clean(redactor.redact(each.message)),
            file=clean(each.file)[:_FILE_LENGTH],
            line=max(0, each.line),
            severity=each.severity,
        )
        for each in problems[:MAX_PROBLEMS]
    )
    if _errors(source) - known:
        NotificationEvent.objects.note(NotificationEvent.Kind.SOURCE_PROBLEMS, source.pk)


def _errors(source: Source) -> set[tuple[str, ...]]:
    """What is wrong beyond warnings, wherever in its file it now stands."""
    rows = source.problems.filter(severity="error")
    return set(rows.values_list("code", "file", "message"))


def record_failure(ref: SourceRef, problems: Sequence[Problem]) -> SyncReport:
    """Note what is wrong with the source; records and version stay as they are."""
    with transaction.atomic():
        source = _locked(ref)
        _store_problems(source, problems)
    return SyncReport(key=ref.key, digest=source.tree_id or "", problems=tuple(problems))


def _retire_sources(keys: set[str]) -> list[SyncReport]:
    """Mark the jobs of sources that are gone; Git repositories come and go by their own records."""
    reports = []
    gone = Source.objects.exclude(key__in=keys | {SYSTEM}).exclude(kind=Job.SourceKind.GIT)
    for key in list(gone.values_list("key", flat=True)):
        with transaction.atomic():
            reports.append(retire(key))
    return reports


def retire(key: str) -> SyncReport:
    """Forget a source and mark its jobs as not installed; call it inside a transaction."""
    _wait_for_other_syncs()
    source = Source.objects.filter(key=key).first()
    if source is None:
        return SyncReport(key=key)
    changes = upsert(source, [])
    _note_use(source.tree_id)
    Source.objects.filter(key=key).delete()
    return _report(key, "", changes, ())


def _report(key: str, digest: str, changes: Changes, problems: Sequence[Problem]) -> SyncReport:
    return SyncReport(
        key=key,
        digest=digest,
        created=changes.created,
        refreshed=changes.refreshed,
        removed=changes.removed,
        problems=tuple(problems),
    )
