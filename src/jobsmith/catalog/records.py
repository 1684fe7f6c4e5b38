"""Creates, refreshes and retires the job records of one source. Call it inside a transaction."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from jobsmith.audit import note_change, snapshot
from jobsmith.conf import conf
from jobsmith.context import within
from jobsmith.models import GitRepository, Job, Source
from jobsmith.sources.base import SYSTEM
from jobsmith.sources.sandboxes import GIT
from jobsmith.specs import JobSpec, Problem, to_json

from .naming import names_for
from .queues import assign, is_queue_name, queues_named

FACTS = ("read_only", "supports_dryrun", "is_job_hook_receiver", "is_job_button_receiver")
"""Fields that follow the source and cannot be overridden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Class paths of the records that were touched."""

    created: tuple[str, ...] = ()
    refreshed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """No longer installed, but kept."""
    problems: tuple[Problem, ...] = ()


def upsert(source: Source, specs: Sequence[JobSpec]) -> Changes:
    """Make the records of the source follow its specs, in the name of whoever asked for that."""
    with within(f"sync {source.key}"):
        return _upsert(source, specs)


def _upsert(source: Source, specs: Sequence[JobSpec]) -> Changes:
    _hold(source, specs)
    rows = _rows(specs)
    mine, problems = _without_foreign(source, specs, rows)
    names = _names(mine, rows)
    _clear_the_way(names, rows)
    adopted = _adopted(source, rows)
    for spec in mine:
        job = rows.get(spec.class_path) or _new(source, spec)
        if spec.class_path in adopted:
            problems.append(_no_longer_enabled(spec))
        _refresh(
            job,
            source,
            spec,
            name=names.get(spec.class_path, job.name),
            enabled=job.enabled and spec.class_path not in adopted,
        )
        problems += _queue_problems(spec)
    present = [each.class_path for each in mine]
    return Changes(
        created=tuple(each for each in present if each not in rows),
        refreshed=tuple(each for each in present if each in rows),
        removed=_retire(source, set(present)),
        problems=tuple(problems),
    )


def _hold(source: Source, specs: Sequence[JobSpec]) -> None:
    """Lock the records that may change: an edit that ends while they are read is not undone."""
    theirs = Q(module_name__in={each.module_name for each in specs}) | Q(source_key=source.key)
    list(Job.objects.select_for_update().filter(theirs).order_by("pk").values_list("pk"))


def _rows(specs: Sequence[JobSpec]) -> dict[str, Job]:
    """The records that those specs describe, by class path."""
    wanted = {each.class_path for each in specs}
    modules = {each.module_name for each in specs}
    found = Job.objects.filter(module_name__in=modules)
    return {job.class_path: job for job in found if job.class_path in wanted}


def _without_foreign(
    source: Source, specs: Sequence[JobSpec], rows: Mapping[str, Job]
) -> tuple[list[JobSpec], list[Problem]]:
    """The specs that are this source's to offer: an installed job stays with its source."""
    mine: list[JobSpec] = []
    problems: list[Problem] = []
    for spec in specs:
        row = rows.get(spec.class_path)
        if row is None or not row.installed or row.source_key in ("", source.key):
            mine.append(spec)
            continue
        text = f"{spec.class_path} is offered by the source {row.source_key} already."
        problems.append(Problem(code="class_taken", message=text, file=spec.file, line=spec.line))
    return mine, problems


def _adopted(source: Source, rows: Mapping[str, Job]) -> set[str]:
    """The enabled jobs that came from elsewhere: whoever enabled them trusted other code."""
    if _starts_enabled(source):
        return set()
    slug = source.key.removeprefix(GIT) if source.key.startswith(GIT) else ""
    repository = GitRepository.objects.filter(slug=slug).values_list("pk", flat=True).first()
    before = (source.key, repository)
    return {
        path
        for path, job in rows.items()
        if job.enabled and (job.source_key, job.git_repository_id) != before
    }


def _no_longer_enabled(spec: JobSpec) -> Problem:
    text = f"{spec.class_path} came from another source before: it has to be enabled anew."
    return Problem(
        code="source_changed", message=text, file=spec.file, line=spec.line, severity="warning"
    )


def _names(specs: Sequence[JobSpec], rows: Mapping[str, Job]) -> dict[str, str]:
    """Unique names by class path, less those that administrators hold."""
    free = [each for each in specs if not _holds_name(rows.get(each.class_path))]
    following = [rows[each.class_path].pk for each in free if each.class_path in rows]
    return names_for(
        [(each.class_path, each.name) for each in free],
        now={path: job.name for path, job in rows.items()},
        taken=Job.objects.exclude(pk__in=following).values_list("name", flat=True),
    )


def _holds_name(job: Job | None) -> bool:
    return job is not None and "name" in job.overridden


def _clear_the_way(names: Mapping[str, str], rows: Mapping[str, Job]) -> None:
    """Records that exchange names would meet at the unique constraint on the way."""
    for path, job in rows.items():
        if names.get(path, job.name) != job.name:
            Job.objects.filter(pk=job.pk).update(name=f"renaming {uuid.uuid4()}")


def _new(source: Source, spec: JobSpec) -> Job:
    return Job(
        module_name=spec.module_name,
        job_class_name=spec.job_class_name,
        enabled=_starts_enabled(source),
        default_job_queue=queues_named(spec.task_queues)[0],
    )


def _starts_enabled(source: Source) -> bool:
    return source.key == SYSTEM or source.key in conf().enabled_on_create


def _refresh(job: Job, source: Source, spec: JobSpec, *, name: str, enabled: bool) -> None:
    """Copy what was declared; `Job.save` leaves out what an administrator holds."""
    before = None if job._state.adding else snapshot(job)
    job.declared = to_json(spec)
    if name != spec.name and not _holds_name(job):
        job.overridden = sorted({*job.overridden, "name"})
    job.name = name
    for fact in FACTS:
        setattr(job, fact, getattr(spec, fact))
    job.source, job.source_key, job.installed = source.kind, source.key, True
    job.enabled = enabled
    job.save()
    if "job_queues" not in job.overridden:
        assign(job, queues_named(spec.task_queues))
    if before is None or _told(before) != _told(snapshot(job)):
        note_change(job, user=None, before=before)


def _told(shown: dict[str, object]) -> dict[str, object]:
    """What a refresh changed, beside the time of its own."""
    return {name: value for name, value in shown.items() if name != "last_updated"}


def _retire(source: Source, present: set[str]) -> tuple[str, ...]:
    gone = [
        job
        for job in Job.objects.filter(source_key=source.key, installed=True)
        if job.class_path not in present
    ]
    for job in gone:
        before = snapshot(job)
        job.installed = False
        Job.objects.filter(pk=job.pk).update(installed=False)
        note_change(job, user=None, before=before)
    return tuple(job.class_path for job in gone)


def _queue_problems(spec: JobSpec) -> list[Problem]:
    return [
        Problem(
            code="queue_refused",
            message=f"{spec.job_class_name}: {name!r:.80} cannot be the name of a queue.",
            file=spec.file,
            line=spec.line,
        )
        for name in spec.task_queues
        if not is_queue_name(name)
    ]
