"""Engines: who calls the supervisor, and where."""

from functools import cache
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured

from jobsmith.conf import conf
from jobsmith.models import JobQueue
from jobsmith.runner.listening import listening_workers
from jobsmith.runner.reasons import SOON
from jobsmith.runner.rescue import rescue
from jobsmith.runner.slots import Wanted, release_ended, unfinished
from jobsmith.runner.slots import take as take_slots
from jobsmith.runner.waiting import explain

from .base import Engine, StopMode

__all__ = [
    "ENGINES",
    "SOON",
    "Engine",
    "StopMode",
    "Wanted",
    "engine",
    "explain",
    "listening_workers",
    "release_ended",
    "rescue",
    "serves",
    "take_slots",
    "unfinished",
]

ENGINES = {
    "local": "local.LocalEngine",
    "inline": "inline.InlineEngine",
    "celery": "celery.CeleryEngine",
}
"""Loaded when they are named: what one needs may not be installed."""


def serves(queue_type: str) -> bool:
    """Whether there is an engine that takes runs from queues of this type."""
    return queue_type == JobQueue.Type.CELERY or queue_type in ENGINES


def engine() -> Engine:
    """The engine that the settings name."""
    return _made(conf().engine)


@cache
def _made(name: str) -> Engine:
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise ImproperlyConfigured(f"JOBSMITH ENGINE is {name!r}; it must be one of: {known}.")
    module, _, kind = ENGINES[name].partition(".")
    try:
        made: Engine = getattr(import_module(f"{__name__}.{module}"), kind)()
    except ModuleNotFoundError as error:
        needs = f'`pip install "jobsmith[{name}]"`'
        raise ImproperlyConfigured(f"JOBSMITH ENGINE is {name!r}, which needs {needs}.") from error
    return made
