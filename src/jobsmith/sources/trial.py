"""What would become of a folder of jobs: which load, which do not, and why."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from jobsmith.models import Job
from jobsmith.specs import Problem

from .base import FOLDER, SourceRef
from .belonging import LEFT_OUT
from .inspect import inspect
from .modules import PACKAGE_FILE, modules_below
from .reading import Missing, missing_in, package_meant, remarks_in
from .trees import paths_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One job class, or one file that does not load and names no job."""

    job: str
    """Its class path; "" for such a file."""
    loads: bool
    file: str
    line: int
    reason: str = ""


_T = TypeVar("_T", Verdict, Problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a folder holds."""

    package: str
    """Name of the package that the folder is, as a Git repository is one; "" for a plain folder."""
    verdicts: tuple[Verdict, ...]
    missing: tuple[Missing, ...]
    """All that its files import and that is not here, also where that stops nothing yet."""
    remarks: tuple[Problem, ...]
    """What keeps no job from being offered."""

    @property
    def is_whole(self) -> bool:
        """Whether everything loads."""
        return all(each.loads for each in self.verdicts)


def try_folder(root: Path, package: str = "") -> Trial:
    """Load the folder's code in a throw-away child; no record is made.

    A folder that looks like the package of a Git repository is read as one, by the name that its
    own files call it, or by ``package``. Raises SourceBroken when that could not be done.
    """
    with TemporaryDirectory(prefix="jobsmith-trial-") as aside:
        copy = Path(aside, "copy")
        _copy(root, copy)
        package = package or (_name_of(copy, root.name) if is_package(copy) else "")
        ref = SourceRef(
            key=FOLDER, kind=Job.SourceKind.LOCAL, title=root.name, path=root, prefix=package
        )
        if not package:
            return _tried(ref, copy, copy, "")
        top = Path(aside, "above", package)
        top.parent.mkdir()
        return _tried(ref, top.parent, copy.rename(top), package)


def is_package(root: Path) -> bool:
    """Whether the folder has what a repository of jobs has at its top."""
    jobs = (root / "jobs.py", root / "jobs" / PACKAGE_FILE)
    return (root / PACKAGE_FILE).is_file() and any(each.is_file() for each in jobs)


def _name_of(root: Path, called: str) -> str:
    found = package_meant(root) or re.sub(r"\W+", "_", called.lower()).strip("_")
    return found if found.isidentifier() else "jobs_of_trial"


def _copy(root: Path, to: Path) -> None:
    """What a sync would take: no links, and nothing of tools. Raises SourceBroken."""
    to.mkdir()
    for path in paths_below(root):
        if path.is_symlink() or not path.is_file():
            continue
        copy = to / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())


def _tried(ref: SourceRef, root: Path, top: Path, package: str) -> Trial:
    """``top`` is what is read; files are told from there."""
    found = inspect(ref, root)
    loaded = [
        Verdict(job=each.class_path, loads=True, file=each.file, line=each.line)
        for each in found.specs
    ]
    paths = {each.job for each in loaded}
    errors = [each for each in found.problems if each.severity == "error"]
    modules = {each.file: each.name for each in modules_below(root)}
    broken = [verdict for each in errors for verdict in _broken(root, each, modules, paths)]
    texts = _texts(top)
    own = {package, *(name.partition("/")[0].removesuffix(".py") for name in texts)}
    return Trial(
        package=package,
        verdicts=tuple(_from_top(each, package) for each in (*loaded, *broken)),
        missing=tuple(each for name in texts for each in missing_in(name, texts[name], own)),
        remarks=(
            *(_from_top(each, package) for each in found.problems if each not in errors),
            *(each for name in texts for each in remarks_in(name, texts[name])),
        ),
    )


def _texts(top: Path) -> dict[str, bytes]:
    """The Python files below, by their path from there."""
    files = (each for each in sorted(top.rglob("*.py")) if each.is_file())
    found = {each.relative_to(top).as_posix(): each.read_bytes() for each in files}
    return {name: text for name, text in found.items() if not LEFT_OUT & {*name.split("/")}}


def _from_top(each: _T, package: str) -> _T:
    return replace(each, file=each.file.removeprefix(f"{package}/")) if package else each


def _broken(
    root: Path, problem: Problem, modules: Mapping[str, str], loaded: set[str]
) -> list[Verdict]:
    """A verdict for each job that the problem's file would have offered."""
    if problem.code in {"bad_job_class", "job_refused"}:
        names = [problem.message.partition(":")[0]]
    else:
        names = list(dict.fromkeys(_registered(root / problem.file)))
    module = modules.get(problem.file, "")
    paths = [path for name in names if (path := f"{module}.{name}") not in loaded]
    return [
        Verdict(job=path, loads=False, file=problem.file, line=problem.line, reason=problem.message)
        for path in paths or [""]
    ]


def _registered(file: Path) -> Iterator[str]:
    """Names that the file hands to ``register_jobs``, as far as it can be read."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _called(call) == "register_jobs":
            yield from (each.id for each in call.args if isinstance(each, ast.Name))


def _called(call: ast.Call) -> str:
    name = call.func
    return str(getattr(name, "id", "") or getattr(name, "attr", ""))
