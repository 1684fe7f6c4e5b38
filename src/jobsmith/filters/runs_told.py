"""How a run's stored columns are told to clients, alike at every door."""

from typing import Any

from jobsmith.models import JobResult


def task_kwargs(run: JobResult) -> dict[str, Any]:
    """The inputs; a file is its id."""
    return {name: _file_id(value) for name, value in run.task_kwargs.items()}


def celery_kwargs(run: JobResult) -> dict[str, Any]:
    """How it was queued, in the words of the dialect."""
    queue = run.job_queue
    words = {
        "queue": queue.name if queue else "",
        "nautobot_job_profile": False,
        "nautobot_job_user_id": str(run.user_id) if run.user_id else None,
        "nautobot_job_queue_type": queue.queue_type if queue else "",
        "nautobot_job_console_log": run.console_log,
        "nautobot_job_job_model_id": str(run.job_model_id) if run.job_model_id else None,
        "nautobot_job_ignore_singleton_lock": False,
    }
    return {**words, **run.celery_kwargs}


def meta(run: JobResult) -> dict[str, Any] | None:
    """Nothing until it starts; no children afterwards."""
    if run.meta is None and run.date_started is not None:
        return {"children": []}
    found: dict[str, Any] | None = run.meta
    return found


def attempts(run: JobResult) -> list[dict[str, Any]]:
    """Attempts that another one followed, the first one first."""
    return list(run.attempts or ())


def _file_id(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"file", "name"}:
        return value["file"]
    return value
