"""Engines: who calls the supervisor, and where."""

from functools import cache

from django.core.exceptions import ImproperlyConfigured

from jobsmith.conf import conf
from jobsmith.runner.listening import listening_workers
from jobsmith.runner.reasons import SOON
from jobsmith.runner.rescue import rescue
from jobsmith.runner.slots import Wanted, release_ended, unfinished
from jobsmith.runner.slots import take as take_slots
from jobsmith.runner.waiting import explain

from .base import Engine, StopMode
from .inline import InlineEngine
from .local import LocalEngine

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
    "take_slots",
    "unfinished",
]

ENGINES: dict[str, type[LocalEngine] | type[InlineEngine]] = {
    "local": LocalEngine,
    "inline": InlineEngine,
}


def engine() -> Engine:
    """The engine that the settings name."""
    return _made(conf().engine)


@cache
def _made(name: str) -> Engine:
    if name not in ENGINES:
        known = ", ".join(sorted(ENGINES))
        raise ImproperlyConfigured(f"JOBSMITH ENGINE is {name!r}; it must be one of: {known}.")
    return ENGINES[name]()
