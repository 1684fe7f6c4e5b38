"""The code of a job at the time of a run, and what the job declared then."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.fields.json import KeyTransform

from jobsmith.errors import CodeGone
from jobsmith.models import JobResult, SourceTree


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeVersion:
    """One version of a job's code."""

    digest: str
    label: str
    """For people."""
    class_path: str
    declared: dict[str, Any]
    """The JobSpec as JSON."""


def recorded_version(result: JobResult) -> CodeVersion:
    """The version that the run executed, where it can be executed again; raises CodeGone.

    Code of folders and repositories is kept with the version; of an installed package there is
    only what is installed now.
    """
    return kept_version(
        result.source_digest,
        label=result.source_label,
        class_path=result.class_path,
        source_key=result.source_key,
    )


def kept_version(digest: str, *, label: str, class_path: str, source_key: str) -> CodeVersion:
    """A version of a source by its digest; raises CodeGone."""
    declared = declared_by(digest, class_path)
    here = Q(archive__isnull=False) | Q(sources__key=source_key)
    if not declared or not SourceTree.objects.filter(here, pk=digest).exists():
        raise CodeGone
    return CodeVersion(digest=digest, label=label, class_path=class_path, declared=declared)


def recorded_spec(result: JobResult) -> dict[str, Any]:
    """The JobSpec, as JSON, of exactly the run's version; {} when it is not kept."""
    return declared_by(result.source_digest, result.class_path)


def declared_by(digest: str, class_path: str) -> dict[str, Any]:
    """The JobSpec, as JSON, of a class in a version of a source; {} when it is not kept."""
    version = SourceTree.objects.filter(pk=digest)
    spec = version.annotate(spec=KeyTransform(class_path, "specs"))
    return spec.values_list("spec", flat=True).first() or {}


def known_spec(result: JobResult) -> dict[str, Any]:
    """The JobSpec, as JSON, that tells most about the run's inputs: that of its version, else
    what the job declares now; {} when there is neither."""
    job = result.job_model
    same_class = job is not None and job.class_path == result.class_path
    return recorded_spec(result) or (job.declared if job is not None and same_class else {})
