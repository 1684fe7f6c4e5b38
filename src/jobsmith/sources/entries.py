"""Packages that installed distributions name in an entry point. Needs no records."""

from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import NamedTuple

ENTRY_POINTS = "jobsmith.jobs"
"""Group in which a distribution names a package with jobs that is no Django app."""


class Entry(NamedTuple):
    """One of them."""

    name: str
    package: str
    place: str
    """Its folder."""


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """All of them, found without being imported; new ones need a restart, like all such code."""
    named = sorted((each.name, each.value) for each in entry_points(group=ENTRY_POINTS))
    return tuple(
        Entry(name, package, place)
        for name, package in named
        # Finding a package below another one would import the upper one here.
        if package.isidentifier() and (place := _folder_of(package))
    )


def _folder_of(package: str) -> str:
    spec = find_spec(package)
    return next(iter(spec.submodule_search_locations or ()), "") if spec else ""
