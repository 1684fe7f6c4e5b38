"""Create or edit a job hook, once it answers something and its job can do so."""

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from jobsmith import policies
from jobsmith.audit.watching import is_watched
from jobsmith.errors import InputsRefused
from jobsmith.models import Job, JobHook
from jobsmith.policies import Actor
from jobsmith.redact import is_secret

from .save_button import job_to_check, no_kinds, unfit
from .save_record import create_record, update_record
from .stale import Seen

TYPES = {"type_create": "creations", "type_update": "updates", "type_delete": "deletions"}
UNTOLD = "is secret: the trail keeps none of its values, so a hook cannot tell when it changes."


def create_hook(*, user: Actor, values: Mapping[str, Any]) -> JobHook:
    """As `create_record`. Whoever sets a hook up must be able to run its job: those whose
    changes it answers need not. InputsRefused also for a hook that answers nothing, what another
    one does already, or columns that there are not or that are secret."""
    policies.require(user, "add", JobHook)
    _check(JobHook(), {"enabled": True, **values}, user)
    return create_record(JobHook, user=user, values=values)


def update_hook(
    hook: JobHook, *, user: Actor, values: Mapping[str, Any], seen: Seen | None = None
) -> JobHook:
    """As `update_record`, with the checks of `create_hook`."""
    policies.require_on(user, "change", hook)
    _check(hook, values, user)
    return update_record(hook, user=user, values=values, seen=seen)


def _check(hook: JobHook, values: Mapping[str, Any], user: Actor) -> None:
    errors: dict[str, list[str]] = {}
    if job := job_to_check(hook, values):
        policies.require_on(user, "run", job)
        errors |= unfit(job, values.get("enabled", hook.enabled), "is_job_hook_receiver")
    kinds = _kinds(hook, values)
    types = {name for name in TYPES if values.get(name, getattr(hook, name))}
    if not types:
        errors["__all__"] = ["Choose at least one: creations, updates or deletions."]
    if "content_types" in values:
        errors |= no_kinds(kinds) or _unwatched(kinds)
    errors |= _unfit_fields(kinds, values.get("changed_fields", hook.changed_fields))
    if not errors and (job := values.get("job") or (hook.job if hook.job_id else None)):
        errors = _taken(hook, job, kinds, types)
    if errors:
        raise InputsRefused(errors)


def _kinds(hook: JobHook, values: Mapping[str, Any]) -> list[ContentType]:
    if "content_types" in values:
        return list(values["content_types"])
    return [] if hook._state.adding else list(hook.content_types.all())


def _unwatched(kinds: list[ContentType]) -> dict[str, list[str]]:
    for kind in kinds:
        model = kind.model_class()
        if model is None or not is_watched(model):
            text = f"Changes of {kind.app_label}.{kind.model} are not noted."
            return {"content_types": [text]}
    return {}


def _unfit_fields(kinds: list[ContentType], names: Any) -> dict[str, list[str]]:
    """Columns that there are not, or whose values the trail does not keep."""
    models = [model for model in (kind.model_class() for kind in kinds) if model]
    for name in names or ():
        having = [each for each in models if name in _columns_of(each)]
        if not having:
            return {"changed_fields": [f"None of these kinds of record has a column {name}."]}
        if any(is_secret(each, name) for each in having):
            return {"changed_fields": [f"The column {name} {UNTOLD}"]}
    return {}


def _columns_of(model: type[Model]) -> set[str]:
    options = model._meta
    return {each.name for each in (*options.concrete_fields, *options.many_to_many)}


def _taken(
    hook: JobHook, job: Job, kinds: list[ContentType], types: set[str]
) -> dict[str, list[str]]:
    """Two hooks that answer the same change with the same job would only do so twice."""
    others = JobHook.objects.filter(job=job, content_types__in=kinds).exclude(pk=hook.pk)
    for name in sorted(types):
        if other := others.filter(**{name: True}).first():
            text = f"{other.name} answers {TYPES[name]} of such records with {job.name} already."
            return {name: [text]}
    return {}
