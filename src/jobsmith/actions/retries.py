"""How often a run of a job is tried again, and after what."""

from typing import Any

from jobsmith.catalog.versions import CodeVersion
from jobsmith.models import Job

from .run_form import spec_of


def retries_of(job: Job, version: CodeVersion | None) -> dict[str, Any]:
    """Fields of a new run: what its code says, and how often as its job's record says."""
    spec = spec_of(job, version)
    if not job.max_retries or not (spec.retry_on or spec.retry_on_worker_loss):
        return {}
    rule = {
        "on": spec.retry_on,
        "backoff": spec.retry_backoff,
        "worker_loss": spec.retry_on_worker_loss,
    }
    return {"max_retries": job.max_retries, "retry_rule": rule}
