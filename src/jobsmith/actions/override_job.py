"""Enable a job, and hold or release what its source declared."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from jobsmith import policies
from jobsmith.audit import note_change, snapshot
from jobsmith.catalog.queues import queues_named
from jobsmith.errors import InputsRefused
from jobsmith.models import KEEPING_FIELDS, OVERRIDABLE_FIELDS, Job, JobQueue
from jobsmith.policies import Actor
from jobsmith.sources.base import SYSTEM

from .relating import whole_lists
from .stale import Seen, refuse_stale
from .transactions import changes

NO_KEY = "The job has no input of this name, or it is a secret or a file."
UNFIT = ("SecretVar", "FileVar")
NO_APPROVAL = "Jobs of the server itself take a right of their own, and no approval."
EDITABLE = frozenset({*OVERRIDABLE_FIELDS, *KEEPING_FIELDS, "enabled", "tags"})


def edit_job(
    job: Job,
    *,
    user: Actor,
    values: Mapping[str, Any],
    overrides: Mapping[str, bool],
    seen: Seen | None = None,
) -> Job:
    """Change ``values`` (field: value) and ``overrides`` (field: held or not) in one go.

    A value is taken when its flag is set, is set in the same call, or the value equals the
    current one. A flag that is cleared lets the field follow the source again at once. Queues
    and tags are given as rows; those that the user cannot see stay. Raises NotAllowed, NotFound,
    InputsRefused naming the flag, or ChangedMeanwhile where the job no longer holds what its
    editor has ``seen``.
    """
    policies.require_on(user, "change", job)
    with changes():
        job = Job.objects.select_for_update().get(pk=job.pk)
        refuse_stale(job, seen, user)
        before = snapshot(job)
        if job.source_key == SYSTEM and values.get("approval_required"):
            raise InputsRefused({"approval_required": [NO_APPROVAL]})
        values = whole_lists(job, values, user)
        held = _held(job, overrides)
        _refuse_unheld(job, values, held)
        _apply(job, values, held)
        policies.require_still(user, "change", job)
        note_change(job, user=user, before=before)
    return job


def _held(job: Job, overrides: Mapping[str, bool]) -> set[str]:
    unknown = overrides.keys() - set(OVERRIDABLE_FIELDS)
    if unknown:
        raise InputsRefused({name: ["This field cannot be overridden."] for name in unknown})
    held = set(job.overridden) | {name for name, flag in overrides.items() if flag}
    return held - {name for name, flag in overrides.items() if not flag}


def _refuse_unheld(job: Job, values: Mapping[str, Any], held: set[str]) -> None:
    errors = {
        name: [f"Set {name}_override to change this field; otherwise it follows the source."]
        for name, value in values.items()
        if name in OVERRIDABLE_FIELDS and name not in held and not _equals(job, name, value)
    }
    errors |= {name: ["This field is read-only."] for name in values.keys() - EDITABLE}
    if errors:
        raise InputsRefused(errors)


def _equals(job: Job, name: str, value: Any) -> bool:
    if name == "job_queues":
        return set(job.job_queues.all()) == set(value)
    return bool(getattr(job, name) == value)


def _apply(job: Job, values: Mapping[str, Any], held: set[str]) -> None:
    released = set(job.overridden) - held
    job.overridden = sorted(held)
    for name in values.keys() - {"job_queues", "tags"}:
        setattr(job, name, values[name])
    if "default_job_queue" in released:
        job.default_job_queue = _declared_queues(job)[0]
    _validate(job)
    try:
        job.save()
    except IntegrityError as error:  # somebody took the name between the two
        raise InputsRefused({"name": ["Job with this Name already exists."]}) from error
    if "job_queues" in released:
        job.job_queues.set(_declared_queues(job))
    elif "job_queues" in values:
        job.job_queues.set(values["job_queues"])
    job.job_queues.add(job.default_job_queue)
    if "tags" in values:
        job.tags.set(values["tags"])


def _refuse_bad_key(job: Job) -> None:
    """A limit can only be shared by what the job asks for, and by no secret."""
    variables = job.declared.get("variables", ())
    fit = {each["name"] for each in variables if each["type"] not in UNFIT}
    if "concurrency_key" in job.overridden and job.concurrency_key not in {"", *fit}:
        raise InputsRefused({"concurrency_key": [NO_KEY]})


def _declared_queues(job: Job) -> list[JobQueue]:
    return queues_named(job.declared.get("task_queues", ()))


def _validate(job: Job) -> None:
    _refuse_bad_key(job)
    try:
        job.full_clean()
    except ValidationError as error:
        raise InputsRefused(error.message_dict) from error
