"""Versions of installed packages: a run records one, and a worker compares before it claims."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata

from jobsmith.errors import SourceBroken
from jobsmith.models import SourceTree

from .base import SourceRef, packages
from .trees import keep, paths_below
from .watch import FolderWatch


@dataclass(frozen=True, slots=True)
class PackageVersion:
    """An installed package as it is on this machine."""

    digest: str
    label: str
    """``inventory 1.2``."""


def version_of(ref: SourceRef) -> PackageVersion:
    """Distribution version and a digest over the package's Python files."""
    distribution = _distribution(ref.package.partition(".")[0])
    total = hashlib.sha256(f"jobsmith package 1\0{ref.package}\0{distribution}\0".encode())
    for path in paths_below(ref.path):
        if path.suffix == ".py":
            name = path.relative_to(ref.path).as_posix()
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{name}\0{content}\0".encode("utf-8", "surrogateescape"))
    return PackageVersion(total.hexdigest(), distribution or ref.package)


def store(version: PackageVersion) -> SourceTree:
    """Keep the version in the database, once, without its code."""
    return keep(version.digest, archive=None, label=version.label[:200])


class LoadedPackage:
    """An installed package as this process found it first: new code needs a restart."""

    def __init__(self, ref: SourceRef) -> None:
        self._ref, self._watch = ref, FolderWatch(ref.path)
        self._is_intact = True
        self.digest = version_of(ref).digest

    def is_intact(self) -> bool:
        """Whether its files are still those; job processes import from them.

        Once they are not it stays so: what is in memory may be of either version.
        """
        if self._is_intact and self._watch.changed():
            self._is_intact = self._digest_now() == self.digest
        return self._is_intact

    def _digest_now(self) -> str:
        with suppress(OSError, SourceBroken):  # an installer may be at it
            return version_of(self._ref).digest
        return ""


@lru_cache(maxsize=64)
def loaded(ref: SourceRef) -> LoadedPackage:
    """The package as this process, or the one that it was forked from, found it first."""
    return LoadedPackage(ref)


def loaded_digests() -> dict[str, str]:
    """Digests by source key of the packages with jobs that this process can run.

    Call it once early: a package that changes before the first call counts as it then is.
    """
    found = {ref.key: loaded(ref) for ref in packages()}
    return {key: each.digest for key, each in found.items() if each.is_intact()}


def is_intact(key: str) -> bool:
    """Whether the files of that package are those that this process has loaded."""
    return any(ref.key == key and loaded(ref).is_intact() for ref in packages())


def _distribution(top: str) -> str:
    names = _distributions().get(top)
    return f"{names[0]} {metadata.version(names[0])}" if names else ""


@lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    return {name: list(found) for name, found in metadata.packages_distributions().items()}
