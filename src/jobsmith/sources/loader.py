"""Loads job code. Called in children only: for inspection, for options and for runs."""

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

from jobsmith import compat
from jobsmith.errors import CodeMissing
from jobsmith.jobs import Job, is_job
from jobsmith.jobs.function import job_class_of
from jobsmith.jobs.registry import registered
from jobsmith.specs import Problem

from .blame import problem_of
from .modules import Found, modules_below
from .names import Folder, aside_modules

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


def load_folder(root: Path) -> list[Problem]:
    """Import every module below the folder; a problem for each that fails, the others go on."""
    return load_modules(modules_below(root), root=root, folder=Folder(root))


def load_modules(
    modules: Iterable[Found], *, root: Path, folder: Folder | None, mark: Mark = lambda _: None
) -> list[Problem]:
    """Import modules of a folder, or of an installed package; failures are the answer.

    ``root`` is where their files are given from.
    """
    problems = []
    for found in modules:
        mark(found)
        try:
            _import(folder, found.name)
        except BaseException as error:  # exits and interrupts are the file's failure, too
            problems.append(problem_of(error, root=root, file=found.file))
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
    compat.switch_on()
    if folder is None:
        return importlib.import_module(name)
    module = importlib.import_module(folder.import_name(name))
    for each in aside_modules():
        _name_own_file(each)
    return module


def _name_own_file(module: ModuleType) -> None:
    """Job classes find their file and grouping by module name, which means another module here."""
    grouping = getattr(module, "name", None) or vars(module)["__name__"]
    for job_class in _own_jobs(module):
        for name, value in (("file_path", module.__file__), ("grouping", grouping)):
            setattr(job_class, name, str(value))


def _loaded(folder: Folder) -> Iterator[ModuleType]:
    for module in list(sys.modules.values()):
        if folder.holds(str(getattr(module, "__file__", None) or "")):
            yield module


def _own_jobs(module: ModuleType) -> list[type[Job]]:
    return [
        each
        for each in map(job_class_of, list(vars(module).values()))
        if is_job(each) and each.__module__ == vars(module).get("__name__")
    ]


def _any_used(classes: list[type[Job]], offered: set[type[Job]]) -> bool:
    return any(issubclass(each, job_class) for each in offered for job_class in classes)
