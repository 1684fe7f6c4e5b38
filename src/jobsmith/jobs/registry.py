"""The job classes that this process knows. Only children that load job code ever fill it."""

from .base import Job
from .receivers import is_job

_registered: dict[str, type[Job]] = {}


def register_jobs(*classes: type[Job]) -> None:
    """Offer job classes; the first class of a path wins."""
    for job_class in classes:
        if not is_job(job_class):
            raise TypeError(f"register_jobs takes job classes, not {job_class!r:.100}.")
        _registered.setdefault(job_class.class_path, job_class)


def registered() -> dict[str, type[Job]]:
    """The job classes by path, in the order of registration."""
    return dict(_registered)


def clear() -> None:
    """Forget all; for children that load another source."""
    _registered.clear()
