"""What a job declared at the version of its code that a run recorded."""

from typing import Any

from django.db.models.fields.json import KeyTransform

from jobsmith.models import JobResult, SourceTree


def recorded_spec(result: JobResult) -> dict[str, Any]:
    """The JobSpec, as JSON, of exactly the run's version; {} when it is not kept."""
    version = SourceTree.objects.filter(pk=result.source_digest)
    spec = version.annotate(spec=KeyTransform(result.class_path, "specs"))
    return spec.values_list("spec", flat=True).first() or {}


def known_spec(result: JobResult) -> dict[str, Any]:
    """The JobSpec, as JSON, that tells most about the run's inputs: that of its version, else
    what the job declares now; {} when there is neither."""
    job = result.job_model
    same_class = job is not None and job.class_path == result.class_path
    return recorded_spec(result) or (job.declared if job is not None and same_class else {})
