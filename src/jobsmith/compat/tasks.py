"""``nautobot.core.celery``: registration, and what belongs to the task queue."""

from collections.abc import Callable
from typing import Any

from jobsmith.jobs import register_jobs

from .encoder import NautobotKombuJSONEncoder
from .refusing import Absent, refusing

__all__ = ["NautobotKombuJSONEncoder", "app", "import_jobs", "nautobot_task", "register_jobs"]

app: Any = Absent("nautobot.core.celery.app")


def import_jobs(*args: object, **kwargs: object) -> None:
    """Nothing: sources are read by the server, never by job code."""


def nautobot_task(*given: Any, **options: Any) -> Any:
    """A plain function that can be called; sending it to a task queue is refused."""
    if given and callable(given[0]):
        return _task(given[0])
    return _task


def _task(function: Callable[..., Any]) -> Callable[..., Any]:
    for name in ("delay", "apply_async"):
        setattr(function, name, refusing(f"the task queue ({function.__name__}.{name})"))
    return function
