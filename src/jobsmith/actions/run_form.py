"""The form of a job, wired to the job's code and to what its user may see."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import File

from jobsmith import policies
from jobsmith.catalog.versions import CodeVersion
from jobsmith.errors import JobDisabled
from jobsmith.inputs.form import Answers, RunForm, build_form
from jobsmith.inputs.json_door import form_from_json
from jobsmith.models import Job, Source
from jobsmith.policies import Actor
from jobsmith.sources.options import options_for
from jobsmith.specs import JobSpec, job_from_json


def run_form(
    job: Job,
    *,
    user: Actor,
    data: Mapping[str, Any] | None = None,
    files: "Mapping[str, File[bytes]] | None" = None,
    initial: Mapping[str, Any] | None = None,
) -> RunForm:
    """The form for pages and other doors that send flat fields; unbound without ``data``."""
    spec = spec_of(job)
    return build_form(
        spec,
        data=data,
        files=files,
        initial=initial,
        user=user,
        answers=answers_for(job, spec, user),
        viewable=policies.viewable,
    )


def json_run_form(
    job: Job,
    *,
    user: Actor,
    data: object,
    files: "Mapping[str, File[bytes]] | None" = None,
    version: CodeVersion | None = None,
) -> RunForm:
    """The same form filled from JSON; raises InputsRefused for what is not a dict of variables.

    With a ``version`` of the job's code it is the form of that one.
    """
    spec = spec_of(job, version)
    return form_from_json(
        spec,
        data,
        files=files,
        user=user,
        answers=answers_for(job, spec, user, version),
        viewable=policies.viewable,
    )


def spec_of(job: Job, version: CodeVersion | None = None) -> JobSpec:
    """What the source declared, with what an administrator overrode of it in force."""
    declared = version.declared if version else job.declared
    held = {name: getattr(job, name) for name in ("dryrun_default", "has_sensitive_variables")}
    return job_from_json({**declared, **held})


def answers_for(
    job: Job, spec: JobSpec, user: Actor, version: CodeVersion | None = None
) -> Answers | None:
    """Who answers for what is code in this job; None when nothing is. Raises JobDisabled."""
    if not spec.validates_data and not any(each.dynamic for each in spec.variables):
        return None
    if not job.enabled:
        raise JobDisabled  # nobody has trusted its code yet
    digest = version.digest if version else _serving(job)
    return options_for(spec, digest, job.source, user, source_key=job.source_key)


def _serving(job: Job) -> str:
    source = Source.objects.filter(key=job.source_key).first()
    return (source.tree_id if source else None) or ""
