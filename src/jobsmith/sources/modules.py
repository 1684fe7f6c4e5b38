"""The modules of a folder, without importing any."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SOURCE_SUFFIXES
from pathlib import Path

from jobsmith.specs import Problem

PACKAGE_FILE = "__init__.py"
_LEFT_OUT = {"__main__"}


@dataclass(frozen=True, slots=True)
class Found:
    """A module of a folder."""

    name: str
    """Dotted, from the folder."""
    file: str
    """Path from the folder."""


def modules_below(root: Path) -> list[Found]:
    """Every module and package below the folder, packages before what they hold."""
    return list(_modules(root, root, ""))


def _modules(root: Path, folder: Path, prefix: str) -> Iterator[Found]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and (path / PACKAGE_FILE).is_file() and path.name.isidentifier():
            name = prefix + path.name
            yield Found(name, (path / PACKAGE_FILE).relative_to(root).as_posix())
            yield from _modules(root, path, f"{name}.")
        elif _is_module(path):
            yield Found(prefix + path.stem, path.relative_to(root).as_posix())


def _is_module(path: Path) -> bool:
    if path.suffix not in SOURCE_SUFFIXES or path.name == PACKAGE_FILE:
        return False
    return "." not in path.stem and path.stem not in _LEFT_OUT and path.is_file()


def unreachable(root: Path) -> list[Problem]:
    """A warning for each file that registers jobs but lies where no import finds it."""
    reachable = {each.file for each in modules_below(root)}
    return [
        Problem(
            code="not_importable",
            message="Not read: rename the file, or add an __init__.py to its folder.",
            file=file,
            severity="warning",
        )
        for path in sorted(root.rglob("*.py"))
        if (file := path.relative_to(root).as_posix()) not in reachable
        and b"register_jobs" in path.read_bytes()
    ]


def modules_of_package(package: str, path: Path) -> list[Found]:
    """The ``jobs`` module of an installed package that lies at ``path``, and all below it.

    Files are given from the folder that holds the package.
    """
    base = f"{path.name}/"
    if (path / "jobs.py").is_file():
        return [Found(f"{package}.jobs", f"{base}jobs.py")]
    if not (path / "jobs" / PACKAGE_FILE).is_file():
        return []
    below = modules_below(path / "jobs")
    return [
        Found(f"{package}.jobs", f"{base}jobs/{PACKAGE_FILE}"),
        *(Found(f"{package}.jobs.{each.name}", f"{base}jobs/{each.file}") for each in below),
    ]
