"""Versions of installed packages: a run records one, and a worker compares before it claims."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from jobsmith.models import SourceTree

from .base import SourceRef
from .trees import paths_below


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
    defaults = {"archive": None, "label": version.label[:200]}
    return SourceTree.objects.get_or_create(digest=version.digest, defaults=defaults)[0]


@lru_cache(maxsize=64)
def loaded_digest(ref: SourceRef) -> str:
    """The digest of the package as this process found it first: new code needs a restart."""
    return version_of(ref).digest


def _distribution(top: str) -> str:
    names = _distributions().get(top)
    return f"{names[0]} {metadata.version(names[0])}" if names else ""


@lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    return {name: list(found) for name, found in metadata.packages_distributions().items()}


def file_of(ref: SourceRef, file: str) -> Path:
    """Where a file that a spec or problem names lies."""
    return (ref.path.parent if ref.is_package else ref.path) / file
