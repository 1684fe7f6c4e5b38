"""Loads job code. Called in children only: for inspection, for options and for runs."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from jobsmith.errors import CodeMissing
from jobsmith.jobs import Job, is_job
from jobsmith.jobs.registry import registered
from jobsmith.specs import Problem

from .blame import problem_of
from .modules import Found, modules_below
from .names import Folder

Mark = Callable[[Found], None]
"""Told before each file is loaded, so that a child's end can be pinned on a file."""


def load_class(root: Path | None, class_path: str) -> type[Job]:
    """The job class of that path, importing only what it needs.

    ``root`` is a tree, or None for installed packages. CodeMissing when there is no such class;
    whatever the author's module raises comes through.
    """
    module_name, _, class_name = class_path.rpartition(".")
    folder = _folder(root)
    module = _import(folder, module_name)
    job_class = registered().get(class_path) or getattr(module, class_name, None)
    if job_class is None and root is not None:
        # A class made elsewhere, by a factory or under another name.
        load_folder(root)
        job_class = registered().get(class_path)
    if job_class is None or not is_job(job_class):
        raise CodeMissing(f"There is no job class {class_path} in the code of this run.")
    return job_class


def load_folder(root: Path, *, mark: Mark = lambda _: None) -> list[Problem]:
    """Import every module below the folder; a problem for each that fails, the others go on."""
    folder = Folder(root)
    problems = []
    for found in modules_below(root):
        mark(found)
        problems += load_file(folder, found)
    return problems


def load_file(folder: Folder, found: Found) -> list[Problem]:
    """Import one module of a folder; its failure is the answer, not an exception."""
    return _caught(folder.root, found.file, lambda: _import(folder, found.name))


def load_package(name: str, files: Path) -> list[Problem]:
    """Import an installed package's ``jobs`` module and, where it is a package, all below it."""
    problems = _caught(files, "", lambda: _import(None, name))
    parent = sys.modules.get(name)
    for folder in getattr(parent, "__path__", ()):
        for found in modules_below(Path(folder)):
            full = f"{name}.{found.name}"
            file = (Path(folder) / found.file).relative_to(files).as_posix()
            problems += _caught(files, file, lambda full=full: _import(None, full))  # type: ignore[misc]
    return problems


def unregistered(folder: Folder) -> list[Problem]:
    """A warning for each loaded file that has job classes and offers none of them."""
    offered = set(registered().values())
    return [
        Problem(
            code="not_registered",
            message=f"{classes[0].__name__} is not offered: no register_jobs() names it.",
            file=folder.relative(str(module.__file__)),
            severity="warning",
        )
        for module in _loaded(folder)
        if (classes := _own_jobs(module)) and not _any_used(classes, offered)
    ]


def _folder(root: Path | None) -> Folder | None:
    return None if root is None else Folder(root)


def _import(folder: Folder | None, name: str) -> ModuleType:
    if folder is None:
        return importlib.import_module(name)
    module = importlib.import_module(folder.import_name(name))
    if folder.is_aside(name):
        _name_own_file(module)
    return module


def _name_own_file(module: ModuleType) -> None:
    """Job classes find their file and grouping by module name, which means another module here."""
    grouping = getattr(module, "name", None) or vars(module)["__name__"]
    for job_class in _own_jobs(module):
        for name, value in (("file_path", module.__file__), ("grouping", grouping)):
            setattr(job_class, name, str(value))


def _caught(root: Path, file: str, load: Callable[[], object]) -> list[Problem]:
    try:
        load()
    except BaseException as error:  # exits and interrupts are the file's failure, too
        return [problem_of(error, root=root, file=file)]
    return []


def _loaded(folder: Folder) -> Iterator[ModuleType]:
    for module in list(sys.modules.values()):
        if folder.holds(str(getattr(module, "__file__", None) or "")):
            yield module


def _own_jobs(module: ModuleType) -> list[type[Job]]:
    return [
        each
        for each in list(vars(module).values())
        if is_job(each) and each.__module__ == vars(module).get("__name__")
    ]


def _any_used(classes: list[type[Job]], offered: set[type[Job]]) -> bool:
    return any(issubclass(each, job_class) for each in offered for job_class in classes)
